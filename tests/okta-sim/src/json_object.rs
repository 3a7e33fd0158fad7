//! Adds members to JSON objects.

use serde_json::Value;

/// Sets a member; a value that is not an object stays as it is.
pub(crate) fn extend(body: &mut Value, name: &str, value: Value) {
    if let Some(body) = body.as_object_mut() {
        body.insert(name.to_owned(), value);
    }
}
