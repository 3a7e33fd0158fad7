//! The modules of one crate: what each defines, imports and names, and which file a path leads to.
//!
//! It reads words, not types: a method that is called on a value is no name of the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{after_block, is_word, tokens};

/// The modules that lead to a module from the root of its crate.
type Place = Vec<String>;

/// A chain of imports longer than this goes round, as `use tracing;` does, which gives the name by that name.
const LONGEST_CHAIN: usize = 20;

pub(super) struct Crate {
    pub(super) modules: BTreeMap<Place, Module>,
}

#[derive(Default)]
pub(super) struct Module {
    pub(super) file: String,
    /// What is defined here, child modules aside.
    items: BTreeSet<String>,
    children: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    /// The paths that are named outside imports.
    pub(super) paths: Vec<Vec<String>>,
    /// Every word outside imports.
    pub(super) words: BTreeSet<String>,
}

/// `use target as name`; the name of a glob is `*`.
pub(super) struct Import {
    pub(super) name: String,
    pub(super) target: Vec<String>,
    pub(super) is_passed_on: bool,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    Item {
        file: String,
        name: String,
    },
    Module(Place),
    /// Something of another crate.
    Outside,
}

impl Crate {
    /// Reads the module at `root` and, by its `mod` declarations, all below it.
    pub(super) fn read(root: &str, files: &BTreeMap<String, String>) -> Self {
        let mut read = Self {
            modules: BTreeMap::new(),
        };
        read.read_file(Vec::new(), root, files);
        read
    }

    /// The files that it is made of.
    pub(super) fn files(&self) -> BTreeSet<&str> {
        self.modules.values().map(|module| module.file.as_str()).collect()
    }

    fn read_file(&mut self, place: Place, file: &str, files: &BTreeMap<String, String>) {
        let source = files
            .get(file)
            .unwrap_or_else(|| panic!("{file} is declared and missing"));
        self.read_tokens(place, file, &tokens(source), files);
    }

    fn read_tokens(&mut self, place: Place, file: &str, tokens: &[String], files: &BTreeMap<String, String>) {
        let mut module = Module {
            file: file.to_owned(),
            ..Module::default()
        };
        let (mut at, mut depth) = (0, 0);
        while let Some(token) = tokens.get(at) {
            let next = tokens.get(at + 1).map_or("", String::as_str);
            let is_inside = at > 0 && tokens[at - 1] == "::";
            match token.as_str() {
                "mod" if depth == 0 => {
                    module.children.insert(next.to_owned());
                    let child = [place.clone(), vec![next.to_owned()]].concat();
                    if tokens[at + 2] == ";" {
                        self.read_file(child, &file_of_child(file, next, files), files);
                        at += 3;
                    } else {
                        let end = after_block(tokens, at + 2);
                        self.read_tokens(child, file, &tokens[at + 3..end - 1], files);
                        at = end;
                    }
                }
                // Elsewhere than before a path it is the `use<'a>` of a type.
                "use" if next != "<" => {
                    // Behind `pub` or `pub(…)`.
                    let is_passed_on = at > 0 && ["pub", ")"].contains(&tokens[at - 1].as_str());
                    at = read_use(tokens, at + 1, &[], is_passed_on, &mut module.imports);
                }
                "struct" | "enum" | "union" | "trait" | "type" | "fn" | "const" | "static" if depth == 0 => {
                    module.items.insert(next.to_owned());
                    at += 1;
                }
                "macro_rules" if depth == 0 => {
                    module.items.insert(tokens[at + 2].clone());
                    at += 2;
                }
                word if is_word(word) && next == "::" && !is_inside => {
                    let mut path = vec![word.to_owned()];
                    while tokens[at + 1] == "::" && is_word(&tokens[at + 2]) {
                        path.push(tokens[at + 2].clone());
                        at += 2;
                    }
                    module.words.extend(path.iter().cloned());
                    module.paths.push(path);
                    at += 1;
                }
                other => {
                    depth += i32::from(other == "{") - i32::from(other == "}");
                    module.words.extend(is_word(other).then(|| other.to_owned()));
                    at += 1;
                }
            }
        }
        self.modules.insert(place, module);
    }

    /// Where a path leads that stands in the module at `scope`; nothing if it starts with another crate's name.
    pub(super) fn resolve(&self, scope: &[String], path: &[String]) -> Option<Found> {
        self.follow(scope, path, 0)
    }

    fn follow(&self, scope: &[String], path: &[String], chain: usize) -> Option<Found> {
        if chain > LONGEST_CHAIN {
            return None;
        }
        let mut place = scope.to_vec();
        for (index, part) in path.iter().enumerate() {
            let is_last = index + 1 == path.len();
            match part.as_str() {
                "crate" => place.clear(),
                "self" => {}
                "super" => drop(place.pop()),
                name => match self.find(&place, name, is_last, chain) {
                    Some(Found::Module(child)) => place = child,
                    Some(other) => return Some(other),
                    None if index == 0 => return None,
                    // Whatever a macro defines here.
                    None => return Some(self.item(&place, name)),
                },
            }
        }
        Some(Found::Module(place))
    }

    /// What a name means in the module at `place`. A path leads through modules; only its end can be an item.
    fn find(&self, place: &[String], name: &str, is_last: bool, chain: usize) -> Option<Found> {
        let module = self.modules.get(place)?;
        let is_child = module.children.contains(name);
        if is_child && !is_last {
            return Some(Found::Module([place, &[name.to_owned()]].concat()));
        }
        if module.items.contains(name) {
            return Some(self.item(place, name));
        }
        for import in module.imports.iter().filter(|import| import.name == name) {
            match self.follow(place, &import.target, chain + 1) {
                // The name of a child and of something in it: `mod ask; pub use ask::ask;`.
                Some(Found::Module(_)) if is_child => {}
                Some(found) => return Some(found),
                None => return Some(Found::Outside),
            }
        }
        if is_child {
            return Some(Found::Module([place, &[name.to_owned()]].concat()));
        }
        let mut globs = module.imports.iter().filter(|import| import.name == "*");
        globs.find_map(|glob| match self.follow(place, &glob.target, chain + 1)? {
            Found::Module(of) if of != place => self.find(&of, name, is_last, chain + 1),
            _ => None,
        })
    }

    fn item(&self, place: &[String], name: &str) -> Found {
        Found::Item {
            file: self.modules[place].file.clone(),
            name: name.to_owned(),
        }
    }
}

/// Reads what stands behind `use`, groups unfolded; gives the position behind it.
fn read_use(
    tokens: &[String],
    mut at: usize,
    prefix: &[String],
    is_passed_on: bool,
    imports: &mut Vec<Import>,
) -> usize {
    let mut target = prefix.to_vec();
    loop {
        match tokens[at].as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = read_use(tokens, at, &target, is_passed_on, imports);
                    at += usize::from(tokens[at] == ",");
                }
                return at + 1;
            }
            "*" => {
                imports.push(Import {
                    name: "*".to_owned(),
                    target,
                    is_passed_on,
                });
                return at + 1;
            }
            // `a::{self}` is `a`.
            "self" if !target.is_empty() => at += 1,
            word if is_word(word) && word != "as" => {
                target.push(word.to_owned());
                at += 1;
            }
            _ => break,
        }
    }
    let mut name = target.last().cloned().unwrap_or_default();
    if tokens[at] == "as" {
        name.clone_from(&tokens[at + 1]);
        at += 2;
    }
    imports.push(Import {
        name,
        target,
        is_passed_on,
    });
    at
}

/// The file of `mod name;` as it stands in `file`.
fn file_of_child(file: &str, name: &str, files: &BTreeMap<String, String>) -> String {
    let (folder, stem) = file.rsplit_once('/').unwrap_or(("", file));
    let folder = match stem {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        stem => format!("{folder}/{}", stem.trim_end_matches(".rs")),
    };
    let flat = format!("{folder}/{name}.rs");
    if files.contains_key(&flat) {
        flat
    } else {
        format!("{folder}/{name}/mod.rs")
    }
}
