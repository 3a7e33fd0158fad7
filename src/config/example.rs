//! The example settings file: every key with its meaning and default.

use super::key::{Key, WhenUnset};
use super::sections::CATALOGUE;

const HEAD: &str = "\
# Settings of Portico. Only the lines without a leading # are required; the others show the default, or an example where
# there is none. The reference is settings.md.
";

/// Widest comment line, in columns.
const WIDTH: usize = 118;

/// A settings file with every key in it, commented out unless it is required.
pub fn example() -> String {
    let sections = CATALOGUE.sections().into_iter().map(section);
    sections.fold(HEAD.to_owned(), |file, section| file + section.as_str())
}

fn section(section: &'static str) -> String {
    let title = if section.is_empty() {
        String::new()
    } else {
        format!("\n[{section}]\n")
    };
    let keys = CATALOGUE.all().filter(|key| key.section() == section);
    keys.fold(title, |text, key| text + entry(key).as_str())
}

fn entry(key: &Key) -> String {
    let mark = if key.preset == WhenUnset::Required { "" } else { "# " };
    format!("\n{}{mark}{}\n", comment(key.doc), key.example_line())
}

/// `text` as comment lines, wrapped at blanks.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            lines += line.as_str();
            lines.push('\n');
            "#".clone_into(&mut line);
        }
        line.push(' ');
        line += word;
    }
    lines + line.as_str() + "\n"
}
