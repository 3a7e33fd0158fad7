//! Key rings in files.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use secrecy::SecretString;

use crate::session::secrets::keys::KeyRing;

/// User and group of the service in the image.
const CONTAINER_USER: u32 = 65532;

/// The ring in a file, or on standard input.
pub(in crate::cli) fn read(file: &Path) -> anyhow::Result<KeyRing> {
    let text = if file == Path::new("-") {
        io::read_to_string(io::stdin()).context("reading standard input")?
    } else {
        if is_standard_output(file).unwrap_or_default() {
            return Err(anyhow!(
                "standard output is {0} itself, so the shell has just emptied it: put your copy of the ring back, and \
                 give the new one a file of its own: portico keys rotate {0} NEW",
                file.display()
            ));
        }
        fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?
    };
    KeyRing::parse(&SecretString::from(text)).with_context(|| format!("reading the key ring {}", file.display()))
}

/// Writes a ring to a file that does not exist yet.
pub(super) fn write(ring: &KeyRing, file: &Path) -> anyhow::Result<()> {
    ring.write_new(file).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            let name = file.display();
            anyhow!("{name} exists and was left as it is, because it may hold a key ring: name a new file")
        } else {
            anyhow::Error::new(error).context(format!("writing {}", file.display()))
        }
    })
}

/// Who can read the file, and what a container needs.
pub(super) fn readers(file: &Path) -> io::Result<String> {
    let found = fs::metadata(file)?;
    let (mode, user, group) = (found.mode() & 0o7777, found.uid(), found.gid());
    let container = format!(
        "In the image the service runs as {CONTAINER_USER}:{CONTAINER_USER} and must be able to read it: chown \
         {CONTAINER_USER} {0}; or, for a group that may read it, chown root:{CONTAINER_USER} {0} and chmod 0440 {0}. \
         As a Kubernetes secret: defaultMode 0440 and fsGroup {CONTAINER_USER}.\n",
        file.display()
    );
    let is_container = user == CONTAINER_USER;
    let advice = if is_container { "" } else { &container };
    Ok(format!("mode {mode:04o}, owner {user}:{group}\n{advice}"))
}

/// Whether the command's output goes into this file.
fn is_standard_output(file: &Path) -> io::Result<bool> {
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?).metadata()?;
    let found = fs::metadata(file)?;
    Ok(found.is_file() && (found.dev(), found.ino()) == (output.dev(), output.ino()))
}

#[cfg(test)]
mod tests {
    use super::CONTAINER_USER;

    #[test]
    fn the_user_is_that_of_the_image() {
        let dockerfile = include_str!("../../../docker/Dockerfile");
        let user = format!("USER {CONTAINER_USER}:{CONTAINER_USER}");
        assert!(dockerfile.lines().any(|line| line == user), "{user}");
    }
}
