//! What a customer reads to the help desk: ten characters that are hard to mistake, in groups (`7K3F-Q2ND-4M`).
//!
//! Base 32 by Douglas Crockford: no I, L, O or U; whoever hears or types one of the first three is understood all the
//! same. 50 bits: among a million requests, two have the same code once in 2,000 times, and a line has its time as well.

use std::fmt;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters without the hyphens.
const LENGTH: usize = 10;

/// Hyphens stand before these.
const GROUPS: [usize; 2] = [4, 8];

/// The code of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SupportCode([u8; LENGTH]);

impl SupportCode {
    /// The code for a random number.
    pub fn of(random: u64) -> Self {
        // Only the lowest five bits of each byte count.
        let letter = |place: usize| LETTERS.get(usize::from((random >> (5 * place)).to_le_bytes()[0]) % LETTERS.len());
        Self(std::array::from_fn(|place| letter(place).copied().unwrap_or(b'0')))
    }

    /// Reads a code as people write it: in small letters, without hyphens or with other ones, and with O, I and L.
    pub fn parse(text: &str) -> Option<Self> {
        let letters = text
            .chars()
            .filter(|letter| !matches!(letter, '-' | '\u{2010}'..='\u{2015}') && !letter.is_whitespace());
        let read = letters.map(|letter| match letter.to_ascii_uppercase() {
            'O' => Some(b'0'),
            'I' | 'L' => Some(b'1'),
            letter => LETTERS.iter().copied().find(|known| char::from(*known) == letter),
        });
        let read: Option<Vec<u8>> = read.collect();
        read?.try_into().ok().map(Self)
    }
}

impl fmt::Display for SupportCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, letter) in self.0.iter().enumerate() {
            if GROUPS.contains(&place) {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_code_is_read_back_however_it_is_written(random: u64) {
            let code = SupportCode::of(random);
            let text = code.to_string();
            prop_assert_eq!(text.len(), 12);
            for written in [text.clone(), text.to_lowercase(), text.replace('-', ""), text.replace('-', " – ")] {
                prop_assert_eq!(SupportCode::parse(&written), Some(code));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = SupportCode::parse(&text);
        }
    }

    #[test]
    fn letters_that_look_like_digits_are_digits() {
        let meant = SupportCode::parse("0110-AAAA-AA");
        assert!(meant.is_some());
        assert_eq!(SupportCode::parse("OIlo-aaaa-aa"), meant);
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in ["", "7K3F", "7K3F-Q2ND-4M7", "UUUU-UUUU-UU", "7K3F_Q2ND_4M"] {
            assert_eq!(SupportCode::parse(text), None, "{text}");
        }
    }
}
