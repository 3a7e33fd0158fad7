//! The words that a language must have, page by page. The English file shows each sentence.

use super::sentence::{Linked, Named, Timed};
use crate::LoopCause;

type Text = &'static str;

/// Declares word lists: a translation must fill every field.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty,)* })*) => {
        $($(#[$doc])* #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "the English file shows each sentence")]
        pub struct $name { $(pub $field: $kind,)* })*
    };
}

words! {
    /// Words that several pages use.
    SharedWords {
        error_title: Named,
        to_continue: Named,
        not_you: Text,
        start_again: Text,
        signing_in_as: Text,
        help: Text,
        privacy: Text,
        languages: Text,
        continue_: Text,
        another_way: Text,
        back_to_sign_in: Text,
        try_again: Text,
        support_code: Text,
        duration: Timed,
        ago: Timed,
        within: Timed,
    }

    /// Problems on forms.
    ProblemWords {
        two_missing: Text,
        two_wrong: Text,
        mismatch: Text,
        mismatch_text: Text,
        mismatch_reset: Linked,
        username_empty: Text,
        username_long: Text,
        password_empty: Text,
        password_long: Text,
        code_empty: Text,
        code_wrong: Text,
        code_wrong_app: Text,
        code_wrong_sent: Text,
        code_left: fn(u8) -> String,
        code_expired: Text,
        code_expired_text: Text,
        wait: Text,
        wait_text: Timed,
        closed: Text,
        closed_text: Text,
        open_too_long: Text,
        open_too_long_text: Text,
        open_too_long_code: Text,
        cookie_not_kept: Text,
        cookie_not_kept_text: Text,
        not_answering: Text,
        not_answering_text: fn(Option<u64>) -> String,
        not_chosen: Text,
        not_set_up: Text,
        not_set_up_text: Text,
        not_set_up_link: Linked,
        no_number: Text,
        no_number_text: Text,
        push_denied: Text,
        push_denied_text: Linked,
        push_expired: Text,
        push_expired_text: Text,
        passkey_refused: Text,
        passkey_refused_text: Text,
    }

    /// The factors: a name each, and a sentence with or without the masked address or number that it goes to.
    WayWords {
        passkey: Text,
        passkey_hint: Text,
        push: Text,
        push_hint: Text,
        otp: Text,
        otp_hint: Text,
        email: Text,
        email_hint: fn(Option<&str>) -> String,
        password: Text,
        password_hint: Text,
        sms: Text,
        sms_hint: fn(Option<&str>) -> String,
        voice: Text,
        voice_hint: fn(Option<&str>) -> String,
        on_device: Named,
        risk: Text,
        last_used: Text,
    }

    /// The first page.
    SignInWords {
        title: Text,
        username: Text,
        password: Text,
        show: Text,
        hide: Text,
        show_label: Text,
        hide_label: Text,
        shown: Text,
        hidden: Text,
        caps_lock: Text,
        remember: Text,
        remember_hint: Timed,
        submit: Text,
        without_password: Text,
        forgot: Text,
        hosted: Text,
        started_again: Text,
        started_again_text: fn(Option<&str>) -> String,
        session_ended: Text,
        session_ended_text: Text,
        more_needed: Text,
        more_needed_text: Text,
        somebody_else: Text,
        somebody_else_text: Text,
    }

    /// Choosing a factor.
    FactorWords {
        title: Text,
        none: Text,
    }

    /// Entering a code.
    CodeWords {
        title: Text,
        from_app: Text,
        by_sms: fn(Option<&str>) -> String,
        by_voice: fn(Option<&str>) -> String,
        by_email: fn(Option<&str>) -> String,
        label: Text,
        resend: Text,
        resend_wait: Text,
        resend_hint: Timed,
        resent: Text,
    }

    /// Waiting for the phone. `{}` stands where script puts the time.
    PushWords {
        title: Text,
        tap: Named,
        sent: Text,
        sent_number: Text,
        number: Text,
        waiting: Text,
        left: Text,
        time_left: Text,
        how_long: Timed,
        approved: Text,
        denied: Text,
        expired: Text,
        reconnecting: Text,
        nearly: Text,
        check: Text,
        not_yet: Text,
        not_yet_text: Text,
        resent: Text,
        resend: Text,
        resend_wait: Text,
        resend_hint: Timed,
    }

    /// Using a passkey.
    PasskeyWords {
        title: Text,
        lead: Text,
        asking: Text,
        among_others: PasskeyTroubleWords,
        alone: PasskeyTroubleWords,
    }

    /// When no passkey can be used: if there are other factors, and if it is the only one.
    PasskeyTroubleWords {
        needs_script: Text,
        unsupported: Text,
        cancelled: Text,
        failed: Text,
    }

    /// The account page.
    AccountWords {
        title: Text,
        to_portal: Named,
        login: Text,
        how: Text,
        at_okta: Text,
        since: Text,
        ends: Text,
        ends_text: fn(&str, u64) -> String,
        this_browser: Text,
        others: Text,
        no_others: Text,
        device: fn(&str, &str) -> String,
        unknown_device: Text,
        signed_in: Text,
        last_used: Text,
        end: Text,
        end_label: Named,
        end_others: Text,
        manage: Text,
        change_password: Text,
        manage_factors: Text,
        sign_out: Text,
        ended: Text,
        others_ended: fn(u32) -> String,
        already_ended: Text,
    }

    /// The question before signing out.
    SignOutWords {
        title: Text,
        text: Named,
        okta: Text,
        others: fn(u32) -> String,
        store_away: Text,
        submit: Text,
        stay: Text,
    }

    /// After a sign-out that may not have ended the session.
    ForgottenWords {
        title: Text,
        text: Text,
        this_browser: Named,
        limits: fn(u64, u64) -> String,
    }

    /// After signing out.
    SignedOutWords {
        title: Text,
        text: Named,
        idle: Named,
        absolute: Named,
        other_browser: Named,
        too_many: Named,
        operator: Named,
        by_okta: Named,
        revoked: Text,
        pending: Text,
        okta: Text,
        others: fn(u32) -> String,
        shared_computer: Text,
        again: Text,
    }

    /// What happened, and what to do.
    TroubleText {
        heading: Text,
        text: Text,
    }

    /// Pages that report a failure.
    TroubleWords {
        password_expired: Text,
        password_expired_link: Linked,
        password_expired_text: Text,
        not_enrolled: TroubleText,
        not_enrolled_link: Text,
        not_allowed: Named,
        no_access: TroubleText,
        busy: TroubleText,
        refused: TroubleText,
        unreadable: TroubleText,
        not_found: TroubleText,
        hosted_failed: TroubleText,
        portal_away: Named,
        portal_away_text: Text,
        redirect_loop: Text,
        going_round_text: fn(&str, LoopCause) -> String,
        several_sessions: Text,
        several_sessions_text: Named,
        too_many_cookies: TroubleText,
        hosted_way: Text,
        attempt_gone: TroubleText,
        attempt_gone_to: Named,
        wait_text: Timed,
        not_answering_text: fn(Option<u64>) -> String,
        closed: TroubleText,
        fault: Text,
        fault_text: fn(Option<&str>) -> String,
        ask: Linked,
        ask_quote: Linked,
        ask_nobody: Text,
        still_going: Named,
        set_password: Text,
    }

    /// The dialog in portal pages; `{}` is the time that is left, or a name.
    CompanionWords {
        ending: Text,
        at_limit: Text,
        ended: Text,
        sign_in: Text,
        other: Text,
        reload: Text,
        stay: Text,
        sign_out: Text,
        later: Text,
    }
}
