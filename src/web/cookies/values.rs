//! The values of one cookie name. A sibling host can set a cookie under a name of ours where no prefix forbids it, and
//! a browser sends both.

/// How many values of one name are read besides the first. A browser has one for each path that leads to the page, and
/// for each domain; the one for `/` comes last.
const MOST: usize = 63;

/// The different values of one name.
#[derive(Debug, Clone)]
pub(in crate::web) enum Shown<T> {
    Nothing,
    One(T),
    /// Which of them counts has to be found out.
    Several(Vec<T>),
}

impl<T> Shown<T> {
    /// The values that `read` accepts.
    pub(in crate::web) fn read<'a>(values: impl Iterator<Item = &'a str>, read: impl Fn(&'a str) -> Option<T>) -> Self {
        let mut found: Option<(&str, T)> = None;
        let mut more: Vec<(&str, T)> = Vec::new();
        for value in values {
            let is_known = found.iter().chain(&more).any(|(known, _)| *known == value);
            if is_known || more.len() >= MOST {
                continue;
            }
            let Some(read) = read(value) else {
                continue;
            };
            if found.is_none() {
                found = Some((value, read));
            } else {
                more.push((value, read));
            }
        }
        let Some((_, first)) = found else {
            return Self::Nothing;
        };
        if more.is_empty() {
            return Self::One(first);
        }
        let more = more.into_iter().map(|(_, value)| value);
        Self::Several(std::iter::once(first).chain(more).collect())
    }

    /// Applies `make` to each value.
    pub(in crate::web) fn map<U>(self, make: impl Fn(T) -> U) -> Shown<U> {
        match self {
            Self::Nothing => Shown::Nothing,
            Self::One(one) => Shown::One(make(one)),
            Self::Several(several) => Shown::Several(several.into_iter().map(make).collect()),
        }
    }

    pub(in crate::web) fn as_slice(&self) -> &[T] {
        match self {
            Self::Nothing => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(values: &[&str]) -> Vec<u8> {
        let shown = Shown::read(values.iter().copied(), |value| value.parse().ok());
        assert_eq!(matches!(shown, Shown::Several(_)), shown.as_slice().len() > 1);
        shown.as_slice().to_vec()
    }

    #[test]
    fn one_value_is_one_however_often_it_comes_and_whatever_cannot_be_read() {
        assert_eq!(shown(&[]), [0; 0]);
        assert_eq!(shown(&["x", ""]), [0; 0]);
        assert_eq!(shown(&["1", "1", "x", "1"]), [1]);
        assert_eq!(shown(&["x", "1", "2", "1"]), [1, 2]);
    }

    #[test]
    fn nobody_makes_us_look_into_hundreds() {
        let values: Vec<String> = (0..200).map(|value: u8| value.to_string()).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(shown(&values).len(), MOST + 1);
    }
}
