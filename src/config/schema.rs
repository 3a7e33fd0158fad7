//! The settings file as JSON Schema, for editors.

use serde_json::{Map, Value, json};

use super::key;
use super::key::{Key, SettingKind, WhenUnset};
use super::reference::describe;
use super::sections::CATALOGUE;

/// JSON Schema (draft 2020-12) of the settings file.
pub fn json_schema() -> Value {
    let mut root = object();
    for key in CATALOGUE.all() {
        insert(&mut root, key.path, key);
    }
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Portico settings",
    });
    if let (Some(schema), Some(root)) = (schema.as_object_mut(), root.as_object_mut()) {
        schema.append(root);
    }
    schema
}

fn object() -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": {} })
}

/// Puts the key into `object` at `path`, which is what remains of its own path. No key is required here: the
/// environment may hold it.
fn insert(object: &mut Value, path: &str, key: &Key) {
    let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    match path.split_once('.') {
        None => {
            properties.insert(path.to_owned(), property(key));
        }
        Some((section, rest)) => {
            let section = properties.entry(section).or_insert_with(self::object);
            insert(section, rest, key);
        }
    }
}

fn property(key: &Key) -> Value {
    let mut schema = shape(&key.kind);
    schema.insert("description".to_owned(), key.doc.into());
    if let WhenUnset::Value(text) = key.preset {
        schema.insert("default".to_owned(), plain(&key.kind, text));
    }
    Value::Object(schema)
}

fn shape(kind: &SettingKind) -> Map<String, Value> {
    let shape = match kind {
        SettingKind::Flag => json!({ "type": "boolean" }),
        SettingKind::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        SettingKind::Choice(names) => json!({ "enum": names }),
        SettingKind::List(item) => json!({ "type": "array", "uniqueItems": true, "items": shape(item) }),
        SettingKind::Rules => rules(),
        SettingKind::Url(_) => json!({ "type": "string", "format": "uri" }),
        SettingKind::Colour => json!({ "type": "string", "pattern": "^#[0-9A-Fa-f]{6}$" }),
        SettingKind::Secret => json!({ "type": "string", "writeOnly": true, "title": describe(kind) }),
        SettingKind::Word
        | SettingKind::Line
        | SettingKind::Filter
        | SettingKind::Socket
        | SettingKind::Network
        | SettingKind::Host
        | SettingKind::LogoutTarget
        | SettingKind::Duration(..)
        | SettingKind::DurationOrOff(..)
        | SettingKind::Length
        | SettingKind::File
        | SettingKind::SecretFile => json!({ "type": "string", "title": describe(kind) }),
    };
    if let Value::Object(shape) = shape {
        shape
    } else {
        Map::new()
    }
}

fn rules() -> Value {
    let texts = json!({ "type": "array", "minItems": 1, "items": { "type": "string" } });
    json!({ "type": "array", "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["path"],
        "properties": {
            "host": { "type": "string" },
            "path": { "type": "string", "pattern": "^/" },
            "exact": { "type": "boolean" },
            "methods": texts,
            "require": { "enum": ["public", "signed_in", "nobody"] },
            "groups": texts,
            "acr_values": texts,
            "max_age": { "type": "string" },
        },
    }})
}

/// A default, written as in the environment, as JSON.
fn plain(kind: &SettingKind, text: &str) -> Value {
    match kind {
        SettingKind::Flag => Value::Bool(text == "true"),
        SettingKind::Count(..) => text.parse::<u32>().map_or(Value::Null, Value::from),
        SettingKind::Rules => json!([]),
        SettingKind::List(item) => key::items(text).map(|text| plain(item, text)).collect(),
        _ => Value::from(text),
    }
}
