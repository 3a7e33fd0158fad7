//! What README and docs/ tell people to write and to type: every block is tried here, or named as one that cannot be.

use std::path::{Path, PathBuf};
use std::process::Command;

use okta_sim::{Settings, Simulator};
use tempfile::TempDir;

use crate::support::{Certificates, Running, eventually, free_port, portico, run, status};

/// Demands the programs that are otherwise done without.
const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

/// What the blocks of a language are, and what tries them.
const LANGUAGES: &[(&str, &str)] = &[
    ("toml", "every_block_of_settings_is_accepted"),
    ("sh", "every_command_does_what_it_is_there_for"),
    ("nginx", "the_block_for_nginx_is_accepted_by_nginx"),
    ("json", "every_block_of_json_is_json"),
    (
        "python",
        "tests/proxies: a portal verifies the token with PyJWT; tests/app: portal_logout::verifier",
    ),
    ("js", "tests/proxies: a portal verifies the token with jose"),
    ("html", "tests/browser: the companion on a portal's page"),
    ("http", "tests/browser: the policy that is enough for the companion"),
    ("yaml", "not tried: ingress-nginx runs in Kubernetes only"),
    ("text", "pictures, and what a command prints"),
];

/// Commands that cannot run here, with the reason. Their syntax is checked.
const NOT_RUN: &[(&str, &str)] = &[
    ("cargo ", "builds; .ci/run does"),
    ("./tests/run", "is what runs this test"),
    ("PORTICO_LOAD=1 ", "takes minutes; run by hand before a release"),
    (
        "docker ",
        "needs a container engine; tests/image and tests/deploy do the same without one",
    ),
];

#[derive(Debug)]
struct Block {
    place: String,
    language: String,
    text: String,
}

fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![PathBuf::from("README.md")];
    for folder in ["docs", "docs/monitoring"] {
        let names = std::fs::read_dir(root.join(folder)).unwrap();
        let names = names.map(|entry| Path::new(folder).join(entry.unwrap().file_name()));
        pages.extend(names.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    }
    pages.sort();
    let read = |path: PathBuf| {
        (
            path.display().to_string(),
            std::fs::read_to_string(root.join(&path)).unwrap(),
        )
    };
    pages.into_iter().map(read).collect()
}

/// The fenced blocks of a page. Those inside a list lose the indent of their fence.
fn blocks_of(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(Block, usize)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let bare = line.trim_start();
        match (&mut open, bare.strip_prefix("```")) {
            (None, Some(language)) => {
                let block = Block {
                    place: format!("{page}, line {number}"),
                    language: language.to_owned(),
                    text: String::new(),
                };
                open = Some((block, line.len() - bare.len()));
            }
            (Some(_), Some(_)) => blocks.extend(open.take().map(|(block, _)| block)),
            (Some((block, indent)), None) => {
                block.text += line.get(*indent..).unwrap_or_default();
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a block is not closed");
    blocks
}

fn blocks(language: &str) -> Vec<Block> {
    let all = pages().into_iter().flat_map(|(page, text)| blocks_of(&page, &text));
    let found: Vec<_> = all.filter(|block| block.language == language).collect();
    assert!(!found.is_empty(), "no block of {language}");
    found
}

#[test]
fn every_block_says_what_it_is_and_something_tries_it() {
    for (page, text) in pages() {
        for block in blocks_of(&page, &text) {
            let is_known = LANGUAGES.iter().any(|(language, _)| *language == block.language);
            assert!(
                is_known,
                "{}: nothing tries a block of {:?}",
                block.place, block.language
            );
        }
        // A block by indent alone would be seen by none of these tests.
        let mut is_fenced = false;
        let (mut before, mut is_list) = ("", false);
        for line in text.lines() {
            is_fenced ^= line.trim_start().starts_with("```");
            if !line.trim().is_empty() && !line.starts_with(' ') {
                is_list = line.starts_with(['-', '*']) || line.starts_with(|first: char| first.is_ascii_digit());
            }
            let is_block = line.starts_with(if is_list { "       " } else { "    " }) && before.trim().is_empty();
            assert!(is_fenced || !is_block, "{page}: put ``` around {line:?}");
            before = line;
        }
    }
}

#[test]
fn every_block_of_settings_is_accepted() {
    for block in blocks("toml") {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = block
            .text
            .replace("/run/secrets/", &format!("{}/", folder.path().display()))
            .replace("/var/log/portico/", &format!("{}/", folder.path().display()));
        // Written so in the README, because everybody's is another.
        settings = settings.replace("0oa…", "0oa1");
        if !settings.contains("public_url") {
            settings.insert_str(0, "public_url = \"https://portal.example.com/auth\"\n");
        }
        if !settings.contains("[okta]") {
            settings += "[okta]\norg_url = \"https://acme.okta.com\"\nclient_id = \"0oa1\"\n";
        }
        if !settings.contains("[store]") {
            settings += "[store]\nkind = \"memory\"\n";
        }
        let ring = folder.path().join("portico-keys.toml");
        let made = run(portico(&["keys", "new", ring.to_str().unwrap()]));
        assert_eq!(made.0, 0, "{made:?}");
        let password = folder.path().join("redis-password");
        std::fs::write(&password, "a password").unwrap();
        make_private(&password);
        if settings.contains("[tls]") {
            let Some(certificates) = Certificates::new() else {
                continue;
            };
            certificates.issue("server", "signin.example.com", "2");
            let tls = folder.path().join("tls");
            std::fs::create_dir(&tls).unwrap();
            std::fs::copy(certificates.path("server.pem"), tls.join("fullchain.pem")).unwrap();
            std::fs::copy(certificates.path("server.key"), tls.join("privkey.pem")).unwrap();
        }
        let file = folder.path().join("portico.toml");
        std::fs::write(&file, &settings).unwrap();
        let checked = run(portico(&["check", "--config", file.to_str().unwrap()]));
        assert_eq!(checked.0, 0, "{}:\n{settings}\n{}", block.place, checked.2);
    }
}

fn make_private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn every_block_of_json_is_json() {
    for block in blocks("json") {
        let read: Result<serde_json::Value, _> = serde_json::from_str(&block.text);
        assert!(read.is_ok(), "{}: {read:?}", block.place);
    }
}

#[test]
fn the_block_for_nginx_is_accepted_by_nginx() {
    for block in blocks("nginx") {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let file = folder.path().join("nginx.conf");
        let around = format!(
            "pid {at}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; server {{ listen 127.0.0.1:1;\n{}\n}} }}\n",
            block.text
        );
        std::fs::write(&file, around).unwrap();
        let mut nginx = Command::new("nginx");
        nginx.arg("-t").arg("-p").arg(folder.path()).arg("-c").arg(&file);
        let Ok(tested) = nginx.output() else {
            missing("nginx");
            return;
        };
        let said = String::from_utf8_lossy(&tested.stderr);
        // Without root, nginx tells that it may not listen at this port, after it has read the file.
        let is_read = tested.status.success() || said.contains("syntax is ok");
        assert!(is_read, "{}: {said}", block.place);
    }
}

#[expect(clippy::print_stderr, reason = "what is skipped is named")]
fn missing(program: &str) {
    assert!(std::env::var_os(REQUIRE_ALL).is_none(), "{program} is not installed");
    eprintln!("skipped: process::documents needs {program}");
}

/// The commands of a block, one a line, without comments.
fn commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let lines = joined
        .lines()
        .map(|line| line.split(" #").next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// A service on this machine, in a folder with its settings: where somebody would type the commands.
struct Place {
    folder: TempDir,
    ops: String,
    _okta: Simulator,
    _running: Running,
}

impl Place {
    async fn with_a_service() -> Self {
        let okta = Simulator::start(Settings::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (port, ops) = (free_port(), free_port());
        let settings = format!(
            "public_url = \"http://localhost:{port}\"\nlisten = \"127.0.0.1:{port}\"\n[okta]\norg_url = \"{}\"\n\
             client_id = \"portico-demo\"\n[store]\npath = \"portico.redb\"\n[ops]\nlisten = \"127.0.0.1:{ops}\"\naudit = \"audit.jsonl\"\n",
            okta.issuer()
        );
        std::fs::write(folder.path().join("portico.toml"), settings).unwrap();
        let line = "{\"status\":500,\"request_id\":\"7K3F-Q2ND-4M\"}\n";
        std::fs::write(folder.path().join("portico.log"), line).unwrap();
        let ring = folder.path().join("portico-keys.toml");
        assert_eq!(run(portico(&["keys", "new", ring.to_str().unwrap()])).0, 0);
        let mut command = portico(&["serve"]);
        command.current_dir(folder.path());
        let running = Running::start(command);
        let ready = format!("http://127.0.0.1:{ops}/readyz");
        eventually("ready", async || status(&ready).await == Some(200)).await;
        Self {
            folder,
            ops: format!("127.0.0.1:{ops}"),
            _okta: okta,
            _running: running,
        }
    }

    /// Types a line into a shell: exit code and what was printed.
    async fn types(&self, line: &str) -> (i32, String) {
        let ours = format!("{} ", env!("CARGO_BIN_EXE_portico"));
        let line = match line.strip_prefix("portico ") {
            Some(arguments) => ours + arguments,
            None => line.replace("127.0.0.1:9464", &self.ops),
        };
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &line])
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .current_dir(self.folder.path());
        // The simulator answers on this thread meanwhile.
        let typed = tokio::task::spawn_blocking(move || run(shell)).await.unwrap();
        (typed.0, typed.1 + &typed.2)
    }
}

#[tokio::test]
async fn every_command_does_what_it_is_there_for() {
    let place = Place::with_a_service().await;
    let mut tried = 0;
    for block in blocks("sh") {
        for line in commands(&block.text) {
            if NOT_RUN.iter().any(|(begin, _)| line.starts_with(begin)) {
                let checked = Command::new("sh").args(["-n", "-c", &line]).output().unwrap();
                assert!(checked.status.success(), "{}: {line}", block.place);
                continue;
            }
            let (code, said) = place.types(&line).await;
            if code == 127 {
                missing(line.split(' ').next().unwrap_or_default());
                continue;
            }
            // Nobody is signed in here, so a command that ends somebody's sessions says so and fails.
            let ends_nobody = line.starts_with("portico sessions end") && said.contains("no session");
            assert!(code == 0 || ends_nobody, "{}: {line}\n{code}: {said}", block.place);
            tried += 1;
        }
    }
    assert!(tried >= 8, "only {tried} commands were tried");
}

/// Text between backticks that begins like a command of ours.
fn mentions(text: &str) -> Vec<&str> {
    let spans = text.split('`').skip(1).step_by(2);
    let commands = spans.filter_map(|span| span.strip_prefix("portico "));
    commands.filter(|rest| !rest.contains('\n')).collect()
}

#[test]
fn every_command_and_flag_that_the_docs_mention_is_there() {
    let mut seen = 0;
    for (page, text) in pages() {
        let prose: Vec<_> = text.split("```").step_by(2).collect();
        for mention in prose.iter().flat_map(|part| mentions(part)) {
            let is_word = |word: &&str| word.starts_with(|first: char| first.is_ascii_lowercase());
            let names: Vec<&str> = mention.split(' ').take_while(is_word).collect();
            let (code, help, complaint) = run(portico(&[&names[..], &["--help"]].concat()));
            assert_eq!(code, 0, "{page}: `portico {mention}`\n{complaint}");
            for flag in mention
                .split([' ', '[', ']', ','])
                .filter(|word| word.starts_with("--"))
            {
                assert!(help.contains(flag), "{page}: `portico {mention}` has no {flag}\n{help}");
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} mentions");
}
