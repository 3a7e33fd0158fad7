//! English.

mod duration;
mod trouble;

use super::{
    AccountWords, CodeWords, CompanionWords, Direction, FactorWords, ForgottenWords, Linked, PasskeyTroubleWords,
    PasskeyWords, ProblemWords, PushWords, SharedWords, SignInWords, SignOutWords, SignedOutWords, WayWords, Words,
};
use duration::{counted, duration};

/// English.
pub static EN: Words = Words {
    lang: "en",
    direction: Direction::Ltr,
    name: "English",
    shared: SharedWords {
        error_title: |title| format!("Error: {title}"),
        to_continue: |portal| format!("to continue to {portal}"),
        not_you: "Not you?",
        start_again: "Start again",
        signing_in_as: "Signing in as",
        help: "Help",
        privacy: "Privacy",
        languages: "Language",
        continue_: "Continue",
        another_way: "Use another way",
        back_to_sign_in: "Back to sign-in",
        try_again: "Try again",
        support_code: "Support code",
        duration,
        ago: |seconds| match seconds {
            0..60 => "just now".to_owned(),
            60..3_600 => format!("{} ago", counted(seconds / 60, "minute")),
            3_600..172_800 => format!("{} ago", counted(seconds / 3_600, "hour")),
            _ => format!("{} ago", counted(seconds / 86_400, "day")),
        },
        within: |seconds| format!("in {}", duration(seconds)),
    },
    problem: ProblemWords {
        two_missing: "Enter your name and your password",
        two_wrong: "Check your name and your password",
        mismatch: "That name and password don’t match",
        mismatch_text: "Check both and try again.",
        mismatch_reset: Linked(" You can also ", "reset your password", "."),
        username_empty: "Enter your name",
        username_long: "That name is too long",
        password_empty: "Enter your password",
        password_long: "That password is too long",
        code_empty: "Enter your code",
        code_wrong: "That code didn’t work",
        code_wrong_app: "Codes change often. Enter the newest one.",
        code_wrong_sent: "Enter the newest code we sent you.",
        code_left: |left| match left {
            0 | 1 => " One try is left.".to_owned(),
            _ => format!(" {left} tries are left."),
        },
        code_expired: "That code has expired",
        code_expired_text: "We can send a new one.",
        wait: "Wait a moment before trying again",
        wait_text: |seconds| format!("You can try again in {}. What you typed is kept.", duration(seconds)),
        closed: "This option is locked after too many failed attempts",
        closed_text: "Use another way, or a browser in which you have signed in here before. If neither helps, ask us.",
        open_too_long: "This page was open too long",
        open_too_long_text: "Your name is kept. Enter your password again.",
        open_too_long_code: "Nothing was lost. Enter the newest code.",
        cookie_not_kept: "Your browser didn’t keep our cookie",
        cookie_not_kept_text: "Signing in needs one cookie from this site. Allow it in your browser’s settings, then enter your password again.",
        not_answering: "Sign-in isn’t answering right now",
        not_answering_text: |retry| {
            let when = retry.map_or_else(
                || "in a moment".to_owned(),
                |seconds| format!("in {}", duration(seconds)),
            );
            format!("Your name is kept. Try again {when}; if you are signed in elsewhere, nothing changes there.")
        },
        not_chosen: "Choose a way to confirm it’s you",
        not_set_up: "This way isn’t set up for your account",
        not_set_up_text: "Choose another",
        not_set_up_link: Linked(", or ", "set it up", ""),
        no_number: "We stopped the request to your phone",
        no_number_text: "It came without the number that keeps you safe. Choose another way.",
        push_denied: "You declined the request on your phone",
        push_denied_text: Linked(
            "If that wasn’t you, ",
            "change your password",
            ". Nothing else was sent.",
        ),
        push_expired: "The request ran out",
        push_expired_text: "Nobody answered in time. Send it again or use another way.",
        passkey_refused: "That passkey didn’t work",
        passkey_refused_text: "It may belong to another account. Try again, or use another way.",
    },
    way: WayWords {
        passkey: "Passkey",
        passkey_hint: "Fingerprint, face, PIN or key",
        push: "Okta Verify",
        push_hint: "Approve a request on your phone",
        otp: "Authenticator app",
        otp_hint: "Enter the code it shows",
        email: "Code by email",
        email_hint: |hint| to_place("to", hint, "to your address"),
        password: "Password",
        password_hint: "The one for this account",
        sms: "Code by text",
        sms_hint: |hint| to_place("to", hint, "to your phone"),
        voice: "Code by call",
        voice_hint: |hint| to_place("to", hint, "to your phone"),
        on_device: |device| format!("on {device}"),
        risk: "Less safe: numbers can be taken over",
        last_used: "Last used",
    },
    sign_in: SignInWords {
        title: "Sign in",
        username: "Email or user name",
        password: "Password",
        show: "Show",
        hide: "Hide",
        show_label: "Show password",
        hide_label: "Hide password",
        shown: "Your password is visible",
        hidden: "Your password is hidden",
        caps_lock: "Caps lock is on",
        remember: "Keep me signed in",
        remember_hint: |seconds| {
            format!(
                "In this browser, for up to {}. Not on a shared computer.",
                duration(seconds)
            )
        },
        submit: "Sign in",
        without_password: "Sign in without a password",
        forgot: "Forgot password?",
        hosted: "Use Okta’s sign-in page",
        started_again: "Let’s start again",
        started_again_text: |destination| match destination {
            Some(place) => {
                format!("The sign-in you began is no longer open. You will still go to {place}.")
            }
            None => "The sign-in you began is no longer open.".to_owned(),
        },
        session_ended: "Your session has ended",
        session_ended_text: "Sign in to pick up where you left off.",
        more_needed: "One more check",
        more_needed_text: "This place asks you to confirm again that it’s you.",
        somebody_else: "That’s a different account",
        somebody_else_text: "You are still signed in with the other one. Confirm with that account, or sign out first to change accounts.",
    },
    factor: FactorWords {
        title: "How do you want to confirm it’s you?",
        none: "There is no way to choose from right now. Start again, or ask for help.",
    },
    code: CodeWords {
        title: "Enter the code",
        from_app: "from your authenticator app",
        by_sms: |hint| to_place("we texted to", hint, "we texted to your phone"),
        by_voice: |hint| to_place("we are reading out to", hint, "we are reading out to your phone"),
        by_email: |hint| to_place("we emailed to", hint, "we emailed to you"),
        label: "Code",
        resend: "Send a new code",
        resend_wait: "Send a new code in {}",
        resend_hint: |seconds| format!("A new code can be sent {} after this page opened.", duration(seconds)),
        resent: "A new code is on its way. Older ones no longer work.",
    },
    push: PushWords {
        title: "Check your phone",
        tap: |number| format!("Tap {number} on your phone"),
        sent: "Approve the request we sent to Okta Verify.",
        sent_number: "We sent a request to Okta Verify.",
        number: "The number to tap",
        waiting: "Waiting for your phone",
        left: "{} left",
        time_left: "Time left",
        how_long: |seconds| format!("You have {} to answer.", duration(seconds)),
        approved: "Approved. Taking you on.",
        denied: "The request was declined.",
        expired: "The request ran out.",
        reconnecting: "Connection lost. Still trying.",
        nearly: "Less than 30 seconds left. You can send it again.",
        check: "I have approved it",
        not_yet: "We haven’t heard from your phone yet",
        not_yet_text: "Approve the request there first. Sometimes it takes a few seconds to arrive.",
        resent: "We sent a new request. Answer the newest one.",
        resend: "Send again",
        resend_wait: "Send again in {}",
        resend_hint: |seconds| format!("It can be sent again {} after this page opened.", duration(seconds)),
    },
    passkey: PasskeyWords {
        title: "Use your passkey",
        lead: "Your browser will ask for your fingerprint, face, PIN or security key. Nothing of it reaches us.",
        asking: "Your browser is asking for your passkey.",
        among_others: PasskeyTroubleWords {
            needs_script: "Passkeys need JavaScript, and it is off in this browser. Please use another way.",
            unsupported: "This browser can’t use passkeys. Please use another way.",
            cancelled: "No passkey was used. You can try again or use another way.",
            failed: "Your browser couldn’t use a passkey here. Try again or use another way.",
        },
        alone: PasskeyTroubleWords {
            needs_script: "Passkeys need JavaScript, and it is off in this browser. Turn it on and load this page again.",
            unsupported: "This browser can’t use passkeys. Please sign in with another one.",
            cancelled: "No passkey was used. You can try again.",
            failed: "Your browser couldn’t use a passkey here. You can try again.",
        },
    },
    account: AccountWords {
        title: "You’re signed in",
        to_portal: |portal| format!("Go to {portal}"),
        login: "Signed in as",
        how: "Confirmed with",
        at_okta: "Okta’s sign-in page",
        since: "Since",
        ends: "Ends",
        ends_text: |latest, idle| format!("{latest}, or after {} without a visit", duration(idle)),
        this_browser: "This browser",
        others: "Your other sessions",
        no_others: "You’re not signed in anywhere else.",
        device: |browser, system| format!("{browser} on {system}"),
        unknown_device: "Unknown browser",
        signed_in: "Signed in",
        last_used: "last used",
        end: "End",
        end_label: |device| format!("End the session in {device}"),
        end_others: "End all others",
        manage: "Your account",
        change_password: "Change password",
        manage_factors: "Phones, apps and passkeys",
        sign_out: "Sign out",
        ended: "That session has ended.",
        others_ended: |count| match count {
            1 => "One other session has ended.".to_owned(),
            _ => format!("{count} other sessions have ended."),
        },
        already_ended: "That session had ended already.",
    },
    sign_out: SignOutWords {
        title: "Sign out?",
        text: |portal| format!("Your session in this browser ends, and with it your access to {portal}."),
        okta: "Your Okta session in this browser ends too.",
        others: |count| match count {
            1 => "One session in another browser goes on. You can end it on your account page.".to_owned(),
            _ => format!("{count} sessions in other browsers go on. You can end them on your account page."),
        },
        store_away: "Our records aren’t answering right now. You can still sign out in this browser.",
        submit: "Sign out",
        stay: "Stay signed in",
    },
    forgotten: ForgottenWords {
        title: "You’re signed out in this browser",
        text: "Our records aren’t answering right now, so your session may still be open there. Try again to end it.",
        this_browser: |portal| {
            format!("This browser has forgotten your session. Nobody can open {portal} from it without signing in.")
        },
        limits: |idle, latest| {
            format!(
                "If it is still open, your session ends by itself after {} without use, and in {} at the latest.",
                duration(idle),
                duration(latest)
            )
        },
    },
    signed_out: SignedOutWords {
        title: "You’re signed out",
        text: |portal| format!("Your session in this browser has ended. Nobody can open {portal} with it."),
        idle: |portal| {
            format!(
                "Your session in this browser ended because it wasn’t used for a while. Nobody can open {portal} with it."
            )
        },
        absolute: |portal| {
            format!("Your session in this browser reached its time limit. Nobody can open {portal} with it.")
        },
        other_browser: |portal| {
            format!("You ended the session of this browser from another one. Nobody can open {portal} with it.")
        },
        too_many: |portal| {
            format!(
                "You were signed in to {portal} in too many places, and the session of this browser was the oldest."
            )
        },
        operator: |portal| format!("An administrator of {portal} ended your session in this browser."),
        by_okta: |portal| {
            format!(
                "Okta no longer confirms your sign-in, so your session in this browser ended. Nobody can open {portal} with it."
            )
        },
        revoked: "We have given up our access to your account at Okta.",
        pending: "Okta hasn’t confirmed yet. We keep asking until it does; you don’t need to wait.",
        okta: "Your Okta session in this browser has ended too.",
        others: |count| match count {
            1 => "One session in another browser goes on.".to_owned(),
            _ => format!("{count} sessions in other browsers go on."),
        },
        shared_computer: "This page can’t end sessions in other apps. On a shared computer, close the browser.",
        again: "Sign in again",
    },
    trouble: trouble::WORDS,
    companion: CompanionWords {
        ending: "You will be signed out in {}",
        at_limit: "This session cannot be extended. You will be signed out in {}",
        ended: "You have been signed out",
        sign_in: "Sign in again",
        other: "You are now signed in as {}",
        reload: "Reload",
        stay: "Stay signed in",
        sign_out: "Sign out",
        later: "Later",
    },
};

fn to_place(verb: &str, place: Option<&str>, otherwise: &str) -> String {
    place.map_or_else(|| otherwise.to_owned(), |place| format!("{verb} {place}"))
}
