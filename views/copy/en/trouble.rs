//! English, for pages that report a failure.

use super::duration::duration;
use crate::LoopCause;
use crate::copy::{Linked, TroubleText, TroubleWords};

pub(super) const WORDS: TroubleWords = TroubleWords {
    password_expired: "Your password has expired",
    password_expired_link: Linked("", "Set a new one", ", then sign in here."),
    password_expired_text: "Set a new one, then sign in here.",
    not_enrolled: TroubleText {
        heading: "There is no way yet to confirm it’s you",
        text: "Your password is right, but this account needs one more way, such as a phone or an app.",
    },
    not_enrolled_link: "Set one up",
    not_allowed: |portal| format!("You can’t sign in to {portal} from here"),
    no_access: TroubleText {
        heading: "This part isn’t open to you",
        text: "If you are signed in, you stay signed in. This page just isn’t included.",
    },
    busy: TroubleText {
        heading: "One moment, we’re still working on it",
        text: "This sign-in is being handled, perhaps in another tab. Try again in a few seconds.",
    },
    refused: TroubleText {
        heading: "We couldn’t accept that form",
        text: "It was sent from another page or an old one. Nothing was done with it. Please start from our page.",
    },
    unreadable: TroubleText {
        heading: "We couldn’t read that request",
        text: "It arrived incomplete or in a form we don’t know. Nothing was done with it.",
    },
    not_found: TroubleText {
        heading: "There is no page here",
        text: "The address may be mistyped or out of date.",
    },
    hosted_failed: TroubleText {
        heading: "Okta sent you back without signing you in",
        text: "It may have been cancelled or taken too long. Nothing has changed; you can try again.",
    },
    portal_away: |portal| format!("{portal} isn’t answering right now"),
    portal_away_text: "Your sign-in is fine. Try again in a moment.",
    redirect_loop: "You keep being sent back here",
    going_round_text: |portal, seen| {
        let why = match seen {
            LoopCause::OtherHost => "it is at another address, and your browser doesn’t take our cookie there",
            LoopCause::CookieLost => "what stands in front of it doesn’t pass our cookie on",
            LoopCause::OtherSession => "your browser shows it the cookie of another session",
            LoopCause::Clock => "the clocks of our machines differ",
        };
        format!("You are signed in, but {portal} doesn’t see it: {why}. The people who run it need to fix this.")
    },
    several_sessions: "Your browser shows two sign-ins at once",
    several_sessions_text: |cookie| {
        format!(
            "It sent several cookies named {cookie}, and more than one of them is good. One may be somebody else’s, so none \
             counts. We have asked your browser to remove them: sign in again. If you come back to this page, another page of \
             the same domain sets that cookie: delete the cookies of this domain in your browser’s settings, and tell \
             the people who run it."
        )
    },
    too_many_cookies: TroubleText {
        heading: "Your browser sends too much to this site",
        text: "It keeps more cookies for this site than can be read at once. Delete this site’s cookies in your browser’s \
               settings, then try again.",
    },
    hosted_way: "Okta’s sign-in page may take you on from here. It brings you back signed in.",
    attempt_gone: TroubleText {
        heading: "Let’s start again",
        text: "The sign-in you began is no longer open.",
    },
    attempt_gone_to: |place| format!("You will still go to {place}."),
    wait_text: |seconds| format!("You can try again in {}. Nothing is lost.", duration(seconds)),
    not_answering_text: |retry| {
        let when = retry.map_or_else(
            || "in a moment".to_owned(),
            |seconds| format!("in {}", duration(seconds)),
        );
        format!("Try again {when}. If you are signed in elsewhere, nothing changes there.")
    },
    closed: TroubleText {
        heading: "Signing in is paused",
        text: "We have paused it for a while. If you are signed in already, you stay signed in.",
    },
    fault: "Something broke on our side",
    fault_text: |code| match code {
        Some(code) => {
            format!("It is logged with code {code}. Try again; if it keeps happening, quote the code to ")
        }
        None => "It is logged. Try again; if it keeps happening, tell ".to_owned(),
    },
    ask: Linked("If you need help, ask ", "", "."),
    ask_quote: Linked("Ask ", "; quote ", "."),
    ask_nobody: "whoever gave you access",
    still_going: |place| format!("You were going to {place}. That is kept."),
    set_password: "Set a new password",
};
