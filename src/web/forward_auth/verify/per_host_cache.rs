//! Caches what was computed for a session at one host of the portal, for as long as it is valid.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};

use indexmap::Equivalent;
use jiff::Timestamp;

use crate::domain::identity::Interned;
use crate::flow::{InUse, SessionKey};

/// The approximate maximum memory of one cache, in bytes. Beyond that everything is dropped and computed anew.
const MOST: usize = 40 * 1024 * 1024;

/// The size of an entry without the memory that its value owns elsewhere: the entry, its slot in the table, and the
/// allocator's overhead.
const ENTRY: usize = 160;

/// Values by session and host. Each is valid for one version of the session, for a while.
#[derive(Debug)]
pub(super) struct PerHostCache<T> {
    kept: papaya::HashMap<Key, Kept<T>>,
    bytes: AtomicUsize,
    most: usize,
}

/// A value computed for a session, and how long it is valid.
#[derive(Debug)]
pub(super) struct Fresh<T> {
    pub(super) value: T,
    /// The memory that the value owns elsewhere, in bytes.
    pub(super) bytes: usize,
    pub(super) until: Timestamp,
}

#[derive(Debug)]
struct Kept<T> {
    /// The version of the session that it was computed for.
    version: u64,
    made: Fresh<T>,
}

#[derive(Debug, PartialEq, Eq)]
struct Key {
    session: SessionKey,
    host: Interned<String>,
}

/// A borrowed key, for look-ups.
struct KeyRef<'a>(SessionKey, &'a str);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        KeyRef(self.session, &self.host).hash(state);
    }
}

impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        self.1.hash(state);
    }
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.0 == key.session && self.1 == key.host.as_str()
    }
}

impl<T> Default for PerHostCache<T> {
    fn default() -> Self {
        Self::holding(MOST)
    }
}

impl<T> PerHostCache<T> {
    fn holding(most: usize) -> Self {
        Self {
            kept: papaya::HashMap::new(),
            bytes: AtomicUsize::new(0),
            most,
        }
    }

    /// Reads the cached value for the current version of this session at this host.
    pub(super) fn read<R>(
        &self,
        session: &InUse,
        host: &str,
        now: Timestamp,
        read: impl FnOnce(&Fresh<T>) -> R,
    ) -> Option<R> {
        let kept = self.kept.pin();
        let kept = kept.get(&KeyRef(session.key, host))?;
        (kept.version == session.live.version && now < kept.made.until).then(|| read(&kept.made))
    }

    /// Caches a value for this session.
    pub(super) fn keep(&self, session: &InUse, host: &str, made: Fresh<T>) {
        let kept = self.kept.pin();
        let bytes = ENTRY + made.bytes;
        if self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > self.most {
            kept.clear();
            self.bytes.store(bytes, Ordering::Relaxed);
        }
        let key = Key {
            session: session.key,
            host: Interned::from_ref(host),
        };
        let version = session.live.version;
        // A replaced value is counted until the next sweep.
        kept.insert(key, Kept { version, made });
    }

    /// Drops expired values.
    pub(super) fn sweep(&self, now: Timestamp) {
        let mut bytes = 0;
        self.kept.pin().retain(|_, kept| {
            let is_fresh = now < kept.made.until;
            bytes += if is_fresh { ENTRY + kept.made.bytes } else { 0 };
            is_fresh
        });
        self.bytes.store(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::domain::browser::Browser;
    use crate::domain::identity::{Identity, Person};
    use crate::domain::ids::SessionId;
    use crate::domain::session::{Live, Session, after};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn session(number: u8, version: u64) -> InUse {
        let session = Session {
            identity: Identity::from(Person {
                subject: "00u1".to_owned(),
                name: String::new(),
                login: String::new(),
                email: None,
                groups: Vec::new(),
                acr: None,
                amr: Vec::new(),
                auth_time: NOW,
            }),
            factors: Vec::new().into(),
            started: NOW,
            expires: Timestamp::MAX,
            checked: NOW,
            browser: Browser::default(),
            is_remembered: false,
            is_hosted: false,
        };
        InUse {
            key: SessionKey::of(&SessionId::parse(&format!("{number:A<43}")).unwrap()),
            live: Live {
                session: Arc::new(session),
                version,
                last_used: NOW,
            },
        }
    }

    fn made(value: u8) -> Fresh<u8> {
        Fresh {
            value,
            bytes: 0,
            until: after(NOW, Duration::from_mins(5)),
        }
    }

    #[test]
    fn what_is_kept_is_true_of_one_version_of_one_session_at_one_host_for_a_while() {
        let cache = PerHostCache::default();
        let read = |session: &InUse, host, now| cache.read(session, host, now, |made| made.value);
        cache.keep(&session(1, 7), "a.example", made(1));
        let later = after(NOW, Duration::from_mins(5));
        for (session, host, now, expected) in [
            (session(1, 7), "a.example", NOW, Some(1)),
            (session(1, 8), "a.example", NOW, None),
            (session(1, 6), "a.example", NOW, None),
            (session(2, 7), "a.example", NOW, None),
            (session(1, 7), "b.example", NOW, None),
            (session(1, 7), "a.example", later, None),
        ] {
            assert_eq!(read(&session, host, now), expected, "{host} {now}");
        }
        // A value of a later version takes its place.
        cache.keep(&session(1, 8), "a.example", made(2));
        assert_eq!(read(&session(1, 8), "a.example", NOW), Some(2));
        assert_eq!(read(&session(1, 7), "a.example", NOW), None);
        cache.sweep(later);
        assert!(cache.kept.pin().is_empty());
    }

    #[test]
    fn a_cache_never_takes_more_memory_than_it_may() {
        let cache = PerHostCache::holding(10 * (ENTRY + 100));
        for number in 0..100 {
            let made = Fresh {
                bytes: 100,
                ..made(number)
            };
            cache.keep(&session(number, 0), "a.example", made);
            assert!(cache.kept.pin().len() <= 10, "{number}");
            let last = cache.read(&session(number, 0), "a.example", NOW, |made| made.value);
            assert_eq!(last, Some(number), "the last is always kept");
        }
        // Values counted twice are now counted correctly.
        cache.sweep(NOW);
        let kept = cache.kept.pin().len();
        assert_eq!(cache.bytes.load(Ordering::Relaxed), kept * (ENTRY + 100));
    }
}
