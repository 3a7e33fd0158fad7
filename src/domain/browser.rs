//! Which browser a session runs in, as coarsely as customers need to tell their own apart: "Chrome on Windows".
//!
//! Only names from the tables below are ever kept, never the text of the `User-Agent` header.

/// A browser and its system, according to its `User-Agent` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Browser {
    /// Its name, such as "Chrome".
    pub app: Option<App>,
    /// Its system, such as "Windows".
    pub system: Option<System>,
}

/// Declares names with the marks by which they are recognised; the first mark that is found decides.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $text:literal: $($mark:literal)|+,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "they are names")]
        pub enum $name { $($variant,)+ }

        impl $name {
            /// The name, the same in every language.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The variant with this name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }

            fn of(user_agent: &str) -> Option<Self> {
                $(if [$($mark),+].iter().any(|mark| user_agent.contains(mark)) {
                    return Some(Self::$variant);
                })+
                None
            }
        }
    };
}

names! {
    /// A browser. Most also call themselves Safari and Chrome, so those come last.
    App {
        Edge "Edge": "Edg/" | "EdgA/" | "EdgiOS/",
        Opera "Opera": "OPR/" | "OPT/" | "OPX/",
        SamsungInternet "Samsung Internet": "SamsungBrowser/",
        Firefox "Firefox": "Firefox/" | "FxiOS/",
        Chrome "Chrome": "Chrome/" | "CriOS/",
        Safari "Safari": "Safari/",
    }
}

names! {
    /// The system it runs on. Android also calls itself Linux, and an iPhone a Mac.
    System {
        IPhone "iPhone": "iPhone",
        IPad "iPad": "iPad",
        Android "Android": "Android",
        Windows "Windows": "Windows",
        ChromeOs "ChromeOS": "CrOS",
        Mac "Mac": "Macintosh",
        Linux "Linux": "Linux",
    }
}

impl Browser {
    /// Parses the `User-Agent` header.
    pub fn of(user_agent: Option<&str>) -> Self {
        let user_agent = user_agent.unwrap_or_default();
        Self {
            app: App::of(user_agent),
            system: System::of(user_agent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_what_they_say() {
        let cases = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome",
                "Windows",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome",
                "ChromeOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari",
                "Mac",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari",
                "iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1",
                "Chrome",
                "iPad",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
                "Firefox",
                "Linux",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet",
                "Android",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 OPR/123.0.0.0",
                "Opera",
                "Linux",
            ),
            ("curl/8.14.1", "", ""),
            ("", "", ""),
        ];
        for (user_agent, app, system) in cases {
            let browser = Browser::of(Some(user_agent));
            let found = (
                browser.app.map_or("", App::name),
                browser.system.map_or("", System::name),
            );
            assert_eq!(found, (app, system), "{user_agent}");
        }
        assert_eq!(Browser::of(None), Browser::default());
    }

    #[test]
    fn a_name_is_read_back() {
        assert_eq!(App::parse(App::Edge.name()), Some(App::Edge));
        assert_eq!(System::parse(System::ChromeOs.name()), Some(System::ChromeOs));
        assert_eq!(App::parse("<b>"), None);
    }
}
