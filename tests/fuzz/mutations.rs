//! Changes that keep the format of an input. Random changes to the bytes of a JSON document nearly always give no JSON,
//! which is refused before any reader of ours sees it; these are for targets that read JSON documents or forms. Half of
//! all inputs are changed by libFuzzer itself, so that malformed ones come up as well.

use fastrand::Rng;
use libfuzzer_sys::fuzzer_mutate;
use serde_json::Value;

/// Values of every JSON type, as they are written.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "256",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "1.5",
    "1e3",
    "2E-3",
    "1e400",
    "\"\"",
    "\"0\"",
    "\"a\\u00e9\\ud83d\\ude00\\n\"",
    "[]",
    "[[]]",
    "[null,\"\",1,{}]",
    "{}",
    "{\"\":{}}",
];

/// What may stand between two tokens of a document, or nowhere in it.
const BETWEEN: &[&str] = &[
    " ", "\t", "\r\n", ",", ":", "[", "]", "{", "}", "\"", "\\", "x", "1", "-", "n", "t", "f",
];

/// Stands in a document for something that a [`Value`] cannot express.
const HERE: &str = "\u{1}here\u{1}";

/// Changes a form (`name=value&…`), or the JSON document in the input, which begins at the first brace.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Rng::with_seed(seed.into());
    let changed = if random.bool() {
        let input = data.get(..size).unwrap_or_default();
        json(input, &mut random).or_else(|| form(input, &mut random))
    } else {
        None
    };
    let fitting = changed.filter(|changed| changed.len() <= max_size);
    match (&fitting, fitting.as_ref().and_then(|new| data.get_mut(..new.len()))) {
        (Some(new), Some(place)) => {
            place.copy_from_slice(new);
            new.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
}

fn json(input: &[u8], random: &mut Rng) -> Option<Vec<u8>> {
    let begin = input.iter().position(|byte| *byte == b'{')?;
    let (before, document) = input.split_at_checked(begin)?;
    let mut document: Value = serde_json::from_slice(document).ok()?;
    let (spare, places) = (document.clone(), count(&document));
    let other = random.usize(..places);
    let place = node(&mut document, &mut random.usize(..places))?;
    let mut raw = None;
    match random.u8(..8) {
        0 | 1 => {
            *place = HERE.into();
            raw = random.choice(VALUES.iter().copied());
        }
        2 => *place = node(&mut spare.clone(), &mut { other })?.take(),
        3 => *place = vec![place.take(); random.usize(1..4)].into(),
        4 => leave_out(place, random),
        5 => change(place, random),
        // The document stays the same.
        _ => {
            let text = misspelt(&spare.to_string(), random)?;
            return Some([before, text.as_bytes()].concat());
        }
    }
    let mut text = document.to_string();
    if let Some(raw) = raw {
        text = text.replace(&Value::from(HERE).to_string(), raw);
    }
    Some([before, text.as_bytes()].concat())
}

/// With something between two of its tokens, or cut off there.
fn misspelt(document: &str, random: &mut Rng) -> Option<String> {
    let is_edge = |byte: u8| !byte.is_ascii_alphanumeric();
    let edges = document.bytes().enumerate();
    let edges = edges.filter(|(_, byte)| is_edge(*byte)).map(|(at, _)| at);
    let edges: Vec<_> = edges.collect();
    let edge = random.choice(edges)? + random.usize(..2);
    let (before, after) = document.split_at_checked(edge)?;
    let between = random.choice(BETWEEN.iter().copied())?;
    Some(match random.u8(..8) {
        0 => before.to_owned(),
        1 => [before, between].concat(),
        _ => [before, between, after].concat(),
    })
}

/// How many values there are, this one and all within it.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at this position, counted as [`count`] does.
fn node<'a>(value: &'a mut Value, place: &mut usize) -> Option<&'a mut Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| node(item, place)),
        Value::Object(members) => members.values_mut().find_map(|member| node(member, place)),
        _ => None,
    }
}

fn leave_out(value: &mut Value, random: &mut Rng) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            items.remove(random.usize(..items.len()));
        }
        Value::Object(members) => {
            let names: Vec<_> = members.keys().cloned().collect();
            if let Some(name) = random.choice(names) {
                members.remove(&name);
            }
        }
        _ => *value = Value::Null,
    }
}

/// Another text, another number, another name for a member.
fn change(value: &mut Value, random: &mut Rng) {
    match value {
        Value::String(text) => {
            let mut bytes = text.clone().into_bytes();
            let (size, most) = (bytes.len(), bytes.len() + 16);
            bytes.resize(most, 0);
            let size = fuzzer_mutate(&mut bytes, size, most);
            bytes.truncate(size);
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
        Value::Object(members) => {
            let names: Vec<_> = members.keys().cloned().collect();
            if let (Some(from), Some(to)) = (random.choice(&names), random.choice(&names))
                && let Some(member) = members.remove(from)
            {
                members.insert(to.clone(), member);
            }
        }
        Value::Array(items) => random.shuffle(items),
        Value::Null | Value::Bool(_) | Value::Number(_) => *value = random.i64(..).into(),
    }
}

fn form(input: &[u8], random: &mut Rng) -> Option<Vec<u8>> {
    let mut pairs: Vec<&[u8]> = input.split(|byte| *byte == b'&').collect();
    let (one, other) = (random.usize(..pairs.len()), random.usize(..pairs.len()));
    let replaced;
    match random.u8(..4) {
        0 => {
            pairs.remove(one);
        }
        1 => pairs.insert(other, pairs.get(one)?),
        2 => pairs.swap(one, other),
        // The name of one member with the value of another.
        _ => {
            let (name, value) = (pairs.get(one)?, pairs.get(other)?);
            let name = name.split(|byte| *byte == b'=').next()?;
            let value = value.splitn(2, |byte| *byte == b'=').nth(1)?;
            replaced = [name, value].join(&b'=');
            pairs.push(&replaced);
        }
    }
    Some(pairs.join(&b'&'))
}
