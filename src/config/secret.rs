//! Secrets: from a file of their own, or in clear text where that is safe enough.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::reader::{Reader, Reported};
use super::source::Raw;

/// Largest file that holds a secret, in bytes.
const LIMIT: u64 = 64 * 1024;

/// The secret under `path`, or in the file under `path` + `_file`; both together is a mistake.
pub(super) fn read(reader: &mut Reader, path: &str) -> Result<Option<SecretString>, Reported> {
    let file_path = format!("{path}_file");
    match (reader.is_set(path), reader.is_set(&file_path)) {
        (false, false) => Ok(None),
        (true, false) => in_clear(reader, path).map(Some),
        (false, true) => from_file(reader, &file_path).map(Some),
        (true, true) => {
            let rule = format!("is set, and {file_path} too: one of them must go");
            reader.refuse(path, &rule, "keep only the file");
            Err(Reported)
        }
    }
}

fn in_clear(reader: &mut Reader, path: &str) -> Result<SecretString, Reported> {
    let entry = reader.entry(path).ok_or(Reported)?;
    let is_from_variable = entry.is_from_variable();
    let secret = match &entry.raw {
        Raw::Text(text) | Raw::Untyped(text) => text.trim_end_matches(['\r', '\n']).to_owned(),
        Raw::Number(_) | Raw::Flag(_) | Raw::List(_) | Raw::Table(_) | Raw::Other(_) => {
            reader.refuse(path, "must be text in double quotes", "put it into a file of its own");
            return Err(Reported);
        }
    };
    let name = path.rsplit('.').next().unwrap_or(path);
    if secret.is_empty() {
        reader.refuse(
            path,
            "is empty",
            &format!("{name}_file with the path of a file that holds it"),
        );
        return Err(Reported);
    }
    if is_from_variable {
        reader.warn(
            path,
            "comes from an environment variable, which other tools may log: a file is safer",
        );
    } else if reader.is_world_readable {
        let rule = "stands in a settings file that everyone on this machine may read";
        reader.refuse(path, rule, &format!("chmod 600 on the settings file, or {name}_file"));
        return Err(Reported);
    }
    Ok(SecretString::from(secret))
}

/// The secret in the file that `path` names.
pub(super) fn from_file(reader: &mut Reader, path: &str) -> Result<SecretString, Reported> {
    let file = reader.get_optional::<PathBuf>(path)?.ok_or(Reported)?;
    let bytes = reader.file(path, &file, LIMIT)?;
    if is_world_readable(&file) {
        let rule = "names a file that everyone on this machine may read";
        let fix = format!("chmod 440 {} and make it belong to the service's group", file.display());
        reader.refuse(path, rule, &fix);
        return Err(Reported);
    }
    let text = String::from_utf8(bytes).unwrap_or_default();
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.trim().is_empty() {
        reader.refuse(
            path,
            "names a file that holds no text",
            "a file that contains only the secret",
        );
        return Err(Reported);
    }
    Ok(SecretString::from(secret))
}

/// Whether users other than its owner and its group may read the file.
pub(super) fn is_world_readable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}
