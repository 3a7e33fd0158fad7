//! The private port of the running service is found whatever else is wrong in the settings.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::ExposeSecret as _;

use super::super::{Location, PrivatePortFlags, private_address, private_port};
use super::{Folder, pairs};

const TOKENS: [&str; 3] = ["token of the file", "token of the variable", "token of the flag"];

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn a_flag_is_believed_before_a_variable_and_that_before_the_file() {
    let folder = Folder::with("[ops]\nlisten = \"127.0.0.1:1\"\nadmin_token_file = \"in-file\"\n");
    let path = folder.0.path().join("portico.toml");
    let names = ["in-file", "in-variable", "in-flag"];
    let [_, _, in_flag] = [0, 1, 2].map(|at: usize| folder.put(names[at], TOKENS[at].as_bytes(), 0o600));
    let flags = PrivatePortFlags {
        listen: Some(address("127.0.0.1:3")),
        admin_token_file: Some(in_flag),
    };
    let variables: &[(&str, &str)] = &[
        ("PORTICO_OPS__LISTEN", "127.0.0.1:2"),
        // Relative to the folder of the settings file, as for the service.
        ("PORTICO_OPS__ADMIN_TOKEN_FILE", "in-variable"),
    ];
    let none = PrivatePortFlags::default();
    for (flags, env, number) in [(&none, &[][..], 1), (&none, variables, 2), (&flags, variables, 3)] {
        let port = private_port(flags, Some(&path), pairs(env)).unwrap();
        assert_eq!(port.address.listen.port(), number);
        let token = port.admin_token.unwrap();
        assert_eq!(token.expose_secret(), TOKENS[usize::from(number) - 1]);
        assert_eq!(
            private_address(flags, Some(&path), pairs(env)).unwrap().listen.port(),
            number
        );
    }
    // A token in a variable makes one in the file's section no second one.
    let env = [("PORTICO_OPS__ADMIN_TOKEN", "sixteen characters and more")];
    let port = private_port(&none, Some(&path), pairs(&env)).unwrap();
    assert_eq!(port.admin_token.unwrap().expose_secret(), "sixteen characters and more");
}

#[test]
fn a_file_that_is_not_needed_is_not_opened() {
    let none = PrivatePortFlags::default();
    let missing = PathBuf::from("/nowhere/portico.toml");
    let named = PrivatePortFlags {
        listen: Some(address("127.0.0.1:3")),
        ..PrivatePortFlags::default()
    };
    let variable = [("PORTICO_OPS__LISTEN", "127.0.0.1:2")];
    for (flags, env, location) in [
        (&named, &[][..], Location::Flag("--ops")),
        (
            &none,
            &variable[..],
            Location::Variable("PORTICO_OPS__LISTEN".to_owned()),
        ),
    ] {
        let found = private_address(flags, Some(&missing), pairs(env)).unwrap();
        assert_eq!(found.location, location);
        assert!(found.file_trouble.is_none());
    }
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_default_and_says_why() {
    let none = PrivatePortFlags::default();
    let folder = Folder::with("[ops]\nlog = \"\"\"\nlisten = \"127.0.0.1:1\"\n");
    let broken = folder.0.path().join("portico.toml");
    let half = folder.put(
        "half.toml",
        b"[ops]\nadmin_token = \"short\"\nlisten = \"127.0.0.1:\n",
        0o600,
    );
    assert!(
        private_port(&none, Some(&half), pairs(&[]))
            .unwrap()
            .admin_token
            .is_none()
    );
    for (path, why) in [
        (broken, "is not valid TOML"),
        (half, "is not valid TOML"),
        (folder.0.path().join("none.toml"), "cannot be read"),
        (folder.0.path().to_owned(), "cannot be read"),
    ] {
        let found = private_address(&none, Some(&path), pairs(&[])).unwrap();
        assert_eq!(
            (found.listen, found.location),
            (address("127.0.0.1:9464"), Location::Nowhere)
        );
        let trouble = found.file_trouble.unwrap().to_string();
        assert!(trouble.contains(why), "{trouble}");
    }
}

#[test]
fn nothing_else_in_the_file_has_to_be_right() {
    let none = PrivatePortFlags::default();
    let ops = "[ops]\nlisten = \"127.0.0.1:1\"\nadmin_token = \"sixteen characters and more\"\n";
    for (wrong, is_toml) in [
        ("lisen = 1\n", true),
        ("[session]\nidle = \"for ever\"\n", true),
        ("[okta]\nclient_secret_file = \"/nowhere\"\n", true),
        ("[[portal.rules]]\npath = 7\n", true),
        ("[session]\nidle = = 30m\n", false),
        ("[session\nidle = \"30m\"\n", false),
        ("public_url = \"https://one\"\npublic_url = \"https://two\"\n", false),
    ] {
        let folder = Folder::with(&format!("{wrong}{ops}"));
        let path = folder.0.path().join("portico.toml");
        let port = private_port(&none, Some(&path), pairs(&[])).unwrap();
        assert_eq!(port.address.listen, address("127.0.0.1:1"), "{wrong}");
        assert!(port.admin_token.is_some(), "{wrong}");
        assert_eq!(port.address.file_trouble.is_none(), is_toml, "{wrong}");
    }
}

#[test]
fn what_is_wrong_with_the_port_itself_is_told_with_the_flag_that_does_without() {
    let none = PrivatePortFlags::default();
    for (ops, told) in [
        ("listen = \"here\"", ["ops.listen = \"here\"", "or --ops ADDR"]),
        (
            "admin_token = \"short\"",
            ["ops.admin_token", "or --admin-token-file FILE"],
        ),
        (
            "admin_token_file = \"/nowhere\"",
            ["ops.admin_token_file", "or --admin-token-file FILE"],
        ),
    ] {
        let folder = Folder::with(&format!("[ops]\n{ops}\n"));
        let path = folder.0.path().join("portico.toml");
        let report = private_port(&none, Some(&path), pairs(&[])).unwrap_err().to_string();
        assert!(told.iter().all(|words| report.contains(words)), "{report}");
        // Whoever asks for the address alone is not told of the token.
        let address = private_address(&none, Some(&path), pairs(&[]));
        assert_eq!(address.is_err(), ops.starts_with("listen"), "{ops}");
    }
    let folder = Folder::with("");
    let world = folder.put("token", b"sixteen characters and more", 0o644);
    let flags = PrivatePortFlags {
        admin_token_file: Some(world),
        ..PrivatePortFlags::default()
    };
    let report = private_port(&flags, None, pairs(&[])).unwrap_err().to_string();
    assert!(
        report.contains("(--admin-token-file)") && report.contains("chmod 440"),
        "{report}"
    );
    assert!(!report.contains("or --admin-token-file"), "{report}");
}
