//! The environment: `PORTICO_OKTA__ORG_URL` is `okta.org_url`.

use super::collected::{Raw, SettingEntry, Sources};
use super::service_links::is_service_link;
use crate::config::catalogue::Catalogue;
use crate::config::problem::{ConfigProblem, Location};

/// Followed by `_` and the key.
const PREFIX: &str = "PORTICO";

pub(super) fn read_into(sources: &mut Sources, env: impl Iterator<Item = (String, String)>) {
    let mut unknown_ones = Vec::new();
    for (name, text) in env {
        let tail = name.strip_prefix(PREFIX).unwrap_or_default();
        let Some(rest) = tail.strip_prefix('_') else {
            continue;
        };
        let path = rest.to_lowercase().replace("__", ".");
        if let Some(key) = sources.catalogue.find(&path) {
            let raw = Raw::Untyped(text);
            sources.entries.insert(
                key.path,
                SettingEntry {
                    raw,
                    location: Location::Variable(name),
                },
            );
        } else if !is_service_link(tail, &text) {
            unknown_ones.push(unknown(sources.catalogue, name, &path));
        }
    }
    // The order of the environment is arbitrary; that of the report should not be.
    unknown_ones.sort_by(|a, b| a.key.cmp(&b.key));
    sources.problems.append(&mut unknown_ones);
}

fn unknown(catalogue: Catalogue, name: String, path: &str) -> ConfigProblem {
    let suggestion = catalogue.closest(path);
    let suggestion = suggestion.or_else(|| catalogue.closest(&path.replace('_', ".")));
    ConfigProblem {
        rule: "is not a setting".to_owned(),
        fix: suggestion.map_or_else(
            || "unset it; `portico config reference` lists every key".to_owned(),
            |key| format!("did you mean {}?", key.variable()),
        ),
        found: None,
        key: name,
        location: Location::Nowhere,
    }
}
