//! What a command needs to reach the running service: from the command line, else from the environment, else from
//! `[ops]` of the settings file.
//!
//! Nothing else in the settings has to be right, and the file is read only for what the others do not say: a service is
//! not dead because an operator is editing its file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::ops;
use super::problem::{ConfigErrors, Location};
use super::reader::{Reader, Reported};
use super::sections::CATALOGUE;
use super::source;
use super::source::{Flag, SettingsFile, Sources};

/// What the command line says about the private port.
#[derive(Debug, Clone, Default)]
pub struct PrivatePortFlags {
    /// `--ops`
    pub listen: Option<SocketAddr>,
    /// `--admin-token-file`
    pub admin_token_file: Option<PathBuf>,
}

/// The address of the running service's private port.
#[derive(Debug, Clone)]
pub struct PrivateAddress {
    pub listen: SocketAddr,
    /// Where it stands; nowhere if it is the default.
    pub location: Location,
    /// Why the settings file could not be read, or not all of it, if it was needed.
    pub file_trouble: Option<ConfigErrors>,
}

/// The private port, with the token that it asks for.
#[derive(Debug, Clone)]
pub struct PrivatePort {
    pub address: PrivateAddress,
    pub admin_token: Option<SecretString>,
}

/// The flag that names the address, and the one that names the file with the token.
const ADDRESS_FLAG: &str = "--ops";
const TOKEN_FLAG: &str = "--admin-token-file";

/// Keys that say the same thing.
const ADDRESS: &[&str] = &["ops.listen"];
const TOKEN: &[&str] = &["ops.admin_token", "ops.admin_token_file"];

/// The address of the private port of the service that runs on this machine.
pub fn private_address(
    flags: &PrivatePortFlags,
    path: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
) -> Result<PrivateAddress, ConfigErrors> {
    let file = || source::find(path);
    let (mut reader, file_trouble) = reader(&[ADDRESS], flags, source::folder(path), env, file);
    let address = address(&mut reader, file_trouble);
    reader.finish(address).map_err(with_flags)
}

/// Like [`private_address`], together with the administrators' token.
pub fn private_port(
    flags: &PrivatePortFlags,
    path: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
) -> Result<PrivatePort, ConfigErrors> {
    private_port_from(flags, source::folder(path), env, || source::find(path))
}

pub(super) fn private_port_from(
    flags: &PrivatePortFlags,
    folder: PathBuf,
    env: impl Iterator<Item = (String, String)>,
    file: impl FnOnce() -> Result<Option<SettingsFile>, ConfigErrors>,
) -> Result<PrivatePort, ConfigErrors> {
    let (mut reader, file_trouble) = reader(&[ADDRESS, TOKEN], flags, folder, env, file);
    let address = address(&mut reader, file_trouble);
    let is_whole = address.as_ref().is_ok_and(|address| address.file_trouble.is_none());
    let admin_token = get(&mut reader, TOKEN, is_whole, ops::admin_token);
    let port = address.and_then(|address| {
        Ok(PrivatePort {
            address,
            admin_token: admin_token?,
        })
    });
    reader.finish(port).map_err(with_flags)
}

fn reader(
    wanted: &[&[&'static str]],
    flags: &PrivatePortFlags,
    folder: PathBuf,
    env: impl Iterator<Item = (String, String)>,
    file: impl FnOnce() -> Result<Option<SettingsFile>, ConfigErrors>,
) -> (Reader, Option<ConfigErrors>) {
    let listen = flags.listen.map(|address| Flag {
        key: "ops.listen",
        name: ADDRESS_FLAG,
        value: address.to_string(),
    });
    let token_file = flags.admin_token_file.as_ref().map(|file| Flag {
        key: "ops.admin_token_file",
        name: TOKEN_FLAG,
        value: file.display().to_string(),
    });
    let flags = listen.into_iter().chain(token_file);
    let (sources, file_trouble) = Sources::collect_wanted(CATALOGUE, wanted, flags, folder, env, file);
    (Reader::new(sources), file_trouble)
}

fn address(reader: &mut Reader, file_trouble: Option<ConfigErrors>) -> Result<PrivateAddress, Reported> {
    let listen = get(reader, ADDRESS, file_trouble.is_none(), |reader| {
        reader.get("ops.listen")
    })?;
    let entry = reader.entry("ops.listen");
    Ok(PrivateAddress {
        listen,
        location: entry.map_or(Location::Nowhere, |entry| entry.location.clone()),
        file_trouble,
    })
}

/// A value; of a file that is not whole, a wrong one counts as none: it may be half of what stands there.
fn get<T>(
    reader: &mut Reader,
    keys: &[&str],
    is_whole: bool,
    read: impl Fn(&mut Reader) -> Result<T, Reported>,
) -> Result<T, Reported> {
    let is_from_file = |key: &&&str| {
        let entry = reader.entry(key);
        entry.is_some_and(|entry| matches!(entry.location, Location::Line(..)))
    };
    let of_file: Vec<&str> = keys.iter().filter(is_from_file).copied().collect();
    let value = read(reader);
    if value.is_ok() || is_whole || of_file.is_empty() {
        return value;
    }
    for key in of_file {
        reader.unset(key);
    }
    read(reader)
}

/// The settings may stay as they are: a flag does as well.
fn with_flags(mut errors: ConfigErrors) -> ConfigErrors {
    for problem in &mut errors.problems {
        let instead = if ADDRESS.contains(&problem.key.as_str()) {
            format!("; or {ADDRESS_FLAG} ADDR with the address of the running service's private port")
        } else {
            format!("; or {TOKEN_FLAG} FILE with the token of the running service")
        };
        if !matches!(problem.location, Location::Flag(_)) {
            problem.fix.push_str(&instead);
        }
    }
    errors
}
