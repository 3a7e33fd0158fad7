//! What must hold on the machine that serves, and in settings that are meant to serve. `portico check` looks at it;
//! commands that only read the settings work elsewhere, too.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::reader::Reader;
use super::secret;
use super::store::own_keys;
use super::{AuditSetting, StoreKind};

/// Keys whose example names nobody's org.
const PLACEHOLDERS: &[&str] = &["okta.org_url", "okta.client_id"];

/// Reports what the service would meet at its start.
pub(super) fn check(reader: &mut Reader) {
    for path in PLACEHOLDERS {
        if reader.is_example(path) {
            let rule = "is the placeholder of the example";
            reader.refuse(
                path,
                rule,
                "what the Admin Console of your org shows (docs/okta-setup.md)",
            );
        }
    }
    check_audit(reader);
    let is_embedded = reader.peek("store.kind") == Some(StoreKind::Embedded);
    let Some(path) = reader.peek::<PathBuf>("store.path").filter(|_| is_embedded) else {
        return;
    };
    let has_ring = reader.is_set("store.keys") || reader.is_set("store.keys_file");
    if let Some((rule, fix)) = unusable(&path, has_ring) {
        reader.refuse("store.path", &rule, &fix);
    } else if others_can_read(&path) {
        let shown = path.display();
        let text = format!("is {shown}, which everyone on this machine may read: chmod 600 {shown}");
        reader.warn("store.path", &text);
    }
}

/// The file of the audit record is not made for this: a check leaves nothing behind.
fn check_audit(reader: &mut Reader) {
    let Some(AuditSetting::File(path)) = reader.peek("ops.audit") else {
        return;
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let (rule, fix) = if path.is_symlink() {
        ("names a symbolic link", "the path of the file itself".to_owned())
    } else if path.exists() && !path.is_file() {
        (
            "names something that is no regular file",
            "the path of a file, or \"stderr\" to hand the lines to another program".to_owned(),
        )
    } else if !folder.is_dir() {
        (
            "is in a folder that is not here",
            format!(
                "create {} for the user of the service, or mount a volume there",
                folder.display()
            ),
        )
    } else if access(
        if path.exists() { &path } else { folder },
        Access::READ_OK | Access::WRITE_OK,
    )
    .is_err()
    {
        (
            "names a file that this user may not read and write",
            format!(
                "make {} belong to the user of the service (65532 in the image)",
                folder.display()
            ),
        )
    } else {
        return;
    };
    reader.refuse("ops.audit", rule, &fix);
}

/// A folder that is closed to others protects its files, whatever their mode.
fn others_can_read(file: &Path) -> bool {
    let is_open = |folder: &Path| {
        let found = folder.metadata();
        found.is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
    };
    secret::is_world_readable(file)
        && file
            .ancestors()
            .skip(1)
            .filter(|it| !it.as_os_str().is_empty())
            .all(is_open)
}

/// Why the file of the store cannot be opened or made, and what to do.
fn unusable(path: &Path, has_ring: bool) -> Option<(String, String)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let shown = folder.display();
    if path.is_dir() {
        let fix = format!("path = {:?}", path.join("portico.redb").display().to_string());
        return Some((format!("is {}, which is a folder", path.display()), fix));
    }
    if !folder.is_dir() {
        return Some((
            format!("is in {shown}, which is no folder here"),
            format!(
                "create {shown} for the user of the service, or mount a volume there; or run this check where the \
                     service runs"
            ),
        ));
    }
    let is_there = path.exists();
    let to_write = if is_there { path } else { folder };
    if access(to_write, Access::READ_OK | Access::WRITE_OK).is_err() {
        return Some((
            format!("needs {}, which this user may not read and write", to_write.display()),
            format!(
                "make {} belong to the user of the service (65532 in the image)",
                to_write.display()
            ),
        ));
    }
    let ring = own_keys(path);
    (is_there && !has_ring && !ring.exists()).then(|| {
        (
            format!("is there, and its key ring {} is not", ring.display()),
            "put the key ring back, or name it in store.keys_file; or move the store away, which signs everybody out"
                .to_owned(),
        )
    })
}
