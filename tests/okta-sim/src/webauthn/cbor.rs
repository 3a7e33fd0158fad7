//! The part of CBOR that authenticators use: definite lengths, and no floats.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// `true`, `false`, `null`.
    Simple(u64),
}

impl Value {
    pub(crate) fn get(&self, key: &Value) -> Option<&Value> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }
}

/// How deeply lists and maps may nest.
const DEEPEST: u8 = 8;

/// One value, and the bytes that follow it.
pub(crate) fn read(input: &[u8]) -> Option<(Value, &[u8])> {
    value(input, DEEPEST)
}

fn value(input: &[u8], depth: u8) -> Option<(Value, &[u8])> {
    let (&first, rest) = input.split_first()?;
    let (argument, rest) = argument(first & 0x1f, rest)?;
    let depth = depth.checked_sub(1)?;
    match first >> 5 {
        0 => Some((Value::Int(i64::try_from(argument).ok()?), rest)),
        1 => Some((Value::Int(-1 - i64::try_from(argument).ok()?), rest)),
        2 => {
            let (bytes, rest) = rest.split_at_checked(usize::try_from(argument).ok()?)?;
            Some((Value::Bytes(bytes.to_vec()), rest))
        }
        3 => {
            let (bytes, rest) = rest.split_at_checked(usize::try_from(argument).ok()?)?;
            Some((Value::Text(String::from_utf8(bytes.to_vec()).ok()?), rest))
        }
        4 => list(argument, rest, depth),
        5 => map(argument, rest, depth),
        7 => Some((Value::Simple(argument), rest)),
        _ => None,
    }
}

fn argument(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let width = match short {
        0..=23 => return Some((u64::from(short), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(width)?;
    Some((bytes.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)), rest))
}

fn list(len: u64, mut rest: &[u8], depth: u8) -> Option<(Value, &[u8])> {
    let mut items = Vec::new();
    for _ in 0..len {
        let (item, after) = value(rest, depth)?;
        items.push(item);
        rest = after;
    }
    Some((Value::List(items), rest))
}

fn map(len: u64, mut rest: &[u8], depth: u8) -> Option<(Value, &[u8])> {
    let mut entries = Vec::new();
    for _ in 0..len {
        let (key, after) = value(rest, depth)?;
        let (item, after) = value(after, depth)?;
        entries.push((key, item));
        rest = after;
    }
    Some((Value::Map(entries), rest))
}

#[cfg(test)]
mod tests {
    use super::{Value, read};

    #[test]
    fn reads_what_the_standard_shows() {
        let cases: [(&str, &[u8], Value); 5] = [
            ("small number", &[0x17], Value::Int(23)),
            ("negative number", &[0x38, 0x63], Value::Int(-100)),
            ("bytes", &[0x42, 1, 2], Value::Bytes(vec![1, 2])),
            ("text", &[0x61, 0x61], Value::Text("a".to_owned())),
            (
                "map",
                &[0xa1, 0x01, 0x02],
                Value::Map(vec![(Value::Int(1), Value::Int(2))]),
            ),
        ];
        for (name, bytes, expected) in cases {
            assert_eq!(read(bytes), Some((expected, &[][..])), "{name}");
        }
    }

    #[test]
    fn refuses_what_is_cut_or_too_deep() {
        assert_eq!(read(&[0x42, 1]), None);
        assert_eq!(read(&[0x81; 40]), None);
        assert_eq!(read(&[]), None);
    }
}
