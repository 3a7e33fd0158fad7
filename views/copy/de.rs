//! German.

mod duration;
mod trouble;

use super::{
    AccountWords, CodeWords, CompanionWords, Direction, FactorWords, ForgottenWords, Linked, PasskeyTroubleWords,
    PasskeyWords, ProblemWords, PushWords, SharedWords, SignInWords, SignOutWords, SignedOutWords, WayWords, Words,
};
use duration::{counted, dative, duration};

/// German.
pub static DE: Words = Words {
    lang: "de",
    direction: Direction::Ltr,
    name: "Deutsch",
    shared: SharedWords {
        error_title: |title| format!("Fehler: {title}"),
        to_continue: |portal| format!("und weiter zu {portal}"),
        not_you: "Nicht Sie?",
        start_again: "Neu beginnen",
        signing_in_as: "Es meldet sich an:",
        help: "Hilfe",
        privacy: "Datenschutz",
        languages: "Sprache",
        continue_: "Weiter",
        another_way: "Anderen Weg wählen",
        back_to_sign_in: "Zurück zur Anmeldung",
        try_again: "Erneut versuchen",
        support_code: "Support-Code",
        duration,
        ago: |seconds| match seconds {
            0..60 => "gerade eben".to_owned(),
            60..3_600 => format!("vor {}", counted(seconds / 60, "Minute")),
            3_600..172_800 => format!("vor {}", counted(seconds / 3_600, "Stunde")),
            _ => format!("vor {} Tagen", seconds / 86_400),
        },
        within: |seconds| format!("in {}", dative(seconds)),
    },
    problem: ProblemWords {
        two_missing: "Geben Sie Namen und Passwort ein",
        two_wrong: "Prüfen Sie Namen und Passwort",
        mismatch: "Name und Passwort passen nicht zusammen",
        mismatch_text: "Prüfen Sie beides und versuchen Sie es erneut.",
        mismatch_reset: Linked(" Sie können auch ", "Ihr Passwort zurücksetzen", "."),
        username_empty: "Geben Sie Ihren Namen ein",
        username_long: "Dieser Name ist zu lang",
        password_empty: "Geben Sie Ihr Passwort ein",
        password_long: "Dieses Passwort ist zu lang",
        code_empty: "Geben Sie Ihren Code ein",
        code_wrong: "Dieser Code hat nicht gepasst",
        code_wrong_app: "Codes wechseln oft. Geben Sie den neuesten ein.",
        code_wrong_sent: "Geben Sie den neuesten Code ein, den wir geschickt haben.",
        code_left: |left| match left {
            0 | 1 => " Ein Versuch bleibt.".to_owned(),
            _ => format!(" {left} Versuche bleiben."),
        },
        code_expired: "Dieser Code ist abgelaufen",
        code_expired_text: "Wir können einen neuen schicken.",
        wait: "Warten Sie einen Moment bis zum nächsten Versuch",
        wait_text: |seconds| {
            format!(
                "In {} können Sie es wieder versuchen. Ihre Eingaben bleiben erhalten.",
                dative(seconds)
            )
        },
        closed: "Dieser Weg ist nach zu vielen Fehlversuchen gesperrt",
        closed_text: "Nehmen Sie einen anderen Weg oder einen Browser, in dem Sie hier schon angemeldet waren. Hilft \
                      beides nicht, fragen Sie uns.",
        open_too_long: "Diese Seite war zu lange offen",
        open_too_long_text: "Ihr Name bleibt erhalten. Geben Sie Ihr Passwort noch einmal ein.",
        open_too_long_code: "Nichts ging verloren. Geben Sie den neuesten Code ein.",
        cookie_not_kept: "Ihr Browser hat unser Cookie nicht behalten",
        cookie_not_kept_text: "Zum Anmelden ist ein Cookie dieser Website nötig. Erlauben Sie es in den Einstellungen Ihres Browsers und geben Sie Ihr Passwort noch einmal ein.",
        not_answering: "Die Anmeldung antwortet gerade nicht",
        not_answering_text: |retry| {
            let when = retry.map_or_else(|| "gleich".to_owned(), |seconds| format!("in {}", dative(seconds)));
            format!(
                "Ihr Name bleibt erhalten. Versuchen Sie es {when} noch einmal; wo Sie schon angemeldet sind, \
                 ändert sich nichts."
            )
        },
        not_chosen: "Wählen Sie einen Weg, sich auszuweisen",
        not_set_up: "Dieser Weg ist für Ihr Konto nicht eingerichtet",
        not_set_up_text: "Wählen Sie einen anderen",
        not_set_up_link: Linked(", oder ", "richten Sie ihn ein", ""),
        no_number: "Wir haben die Anfrage an Ihr Telefon abgebrochen",
        no_number_text: "Sie kam ohne die Zahl, die Sie schützt. Wählen Sie einen anderen Weg.",
        push_denied: "Sie haben die Anfrage auf Ihrem Telefon abgelehnt",
        push_denied_text: Linked(
            "Waren Sie das nicht, dann ",
            "ändern Sie Ihr Passwort",
            ". Sonst wurde nichts verschickt.",
        ),
        push_expired: "Die Anfrage ist abgelaufen",
        push_expired_text: "Niemand hat rechtzeitig geantwortet. Senden Sie sie erneut oder wählen Sie einen anderen Weg.",
        passkey_refused: "Dieser Passkey hat nicht gepasst",
        passkey_refused_text: "Er gehört vielleicht zu einem anderen Konto. Versuchen Sie es erneut oder anders.",
    },
    way: WayWords {
        passkey: "Passkey",
        passkey_hint: "Finger, Gesicht, PIN oder Schlüssel",
        push: "Okta Verify",
        push_hint: "Anfrage auf dem Telefon bestätigen",
        otp: "Authenticator-App",
        otp_hint: "Den angezeigten Code eingeben",
        email: "Code per E-Mail",
        email_hint: |hint| to_place("an", hint, "an Ihre Adresse"),
        password: "Passwort",
        password_hint: "Das Passwort dieses Kontos",
        sms: "Code per SMS",
        sms_hint: |hint| to_place("an", hint, "an Ihr Telefon"),
        voice: "Code per Anruf",
        voice_hint: |hint| to_place("an", hint, "an Ihr Telefon"),
        on_device: |device| format!("auf {device}"),
        risk: "Weniger sicher: Nummern lassen sich übernehmen",
        last_used: "Zuletzt benutzt",
    },
    sign_in: SignInWords {
        title: "Anmelden",
        username: "E-Mail oder Benutzername",
        password: "Passwort",
        show: "Zeigen",
        hide: "Verbergen",
        show_label: "Passwort zeigen",
        hide_label: "Passwort verbergen",
        shown: "Ihr Passwort ist sichtbar",
        hidden: "Ihr Passwort ist verborgen",
        caps_lock: "Die Feststelltaste ist an",
        remember: "Angemeldet bleiben",
        remember_hint: |seconds| {
            format!(
                "In diesem Browser, bis zu {}. Nicht an einem gemeinsam genutzten Rechner.",
                dative(seconds)
            )
        },
        submit: "Anmelden",
        without_password: "Ohne Passwort anmelden",
        forgot: "Passwort vergessen?",
        hosted: "Anmeldeseite von Okta verwenden",
        started_again: "Beginnen wir noch einmal",
        started_again_text: |destination| match destination {
            Some(place) => format!("Die begonnene Anmeldung ist nicht mehr offen. Sie gelangen weiterhin zu {place}."),
            None => "Die begonnene Anmeldung ist nicht mehr offen.".to_owned(),
        },
        session_ended: "Ihre Sitzung ist beendet",
        session_ended_text: "Melden Sie sich an, um dort weiterzumachen, wo Sie waren.",
        more_needed: "Noch eine Prüfung",
        more_needed_text: "Hier müssen Sie sich noch einmal ausweisen.",
        somebody_else: "Das ist ein anderes Konto",
        somebody_else_text: "Sie sind noch mit dem bisherigen angemeldet. Bestätigen Sie mit diesem Konto, oder melden Sie sich zuerst ab, um das Konto zu wechseln.",
    },
    factor: FactorWords {
        title: "Wie möchten Sie sich ausweisen?",
        none: "Gerade steht kein Weg zur Wahl. Beginnen Sie neu oder bitten Sie um Hilfe.",
    },
    code: CodeWords {
        title: "Code eingeben",
        from_app: "aus Ihrer Authenticator-App",
        by_sms: |hint| to_place("aus der SMS an", hint, "aus der SMS an Ihr Telefon"),
        by_voice: |hint| to_place("aus dem Anruf an", hint, "aus dem Anruf an Ihr Telefon"),
        by_email: |hint| to_place("aus der E-Mail an", hint, "aus der E-Mail an Sie"),
        label: "Code",
        resend: "Neuen Code senden",
        resend_wait: "Neuer Code in {}",
        resend_hint: |seconds| {
            format!(
                "Ein neuer Code geht {} nach dem Öffnen dieser Seite.",
                duration(seconds)
            )
        },
        resent: "Ein neuer Code ist unterwegs. Ältere gelten nicht mehr.",
    },
    push: PushWords {
        title: "Schauen Sie auf Ihr Telefon",
        tap: |number| format!("Tippen Sie {number} auf Ihrem Telefon"),
        sent: "Bestätigen Sie die Anfrage in Okta Verify.",
        sent_number: "Wir haben eine Anfrage an Okta Verify geschickt.",
        number: "Die Zahl zum Antippen",
        waiting: "Warten auf Ihr Telefon",
        left: "noch {}",
        time_left: "Verbleibende Zeit",
        how_long: |seconds| format!("Sie haben {} Zeit.", duration(seconds)),
        approved: "Bestätigt. Es geht weiter.",
        denied: "Die Anfrage wurde abgelehnt.",
        expired: "Die Anfrage ist abgelaufen.",
        reconnecting: "Verbindung verloren. Wir versuchen es weiter.",
        nearly: "Weniger als 30 Sekunden. Sie können die Anfrage erneut senden.",
        check: "Ich habe bestätigt",
        not_yet: "Von Ihrem Telefon kam noch nichts",
        not_yet_text: "Bestätigen Sie die Anfrage zuerst dort. Manchmal braucht sie ein paar Sekunden.",
        resent: "Wir haben eine neue Anfrage geschickt. Beantworten Sie die neueste.",
        resend: "Erneut senden",
        resend_wait: "Erneut senden in {}",
        resend_hint: |seconds| format!("Erneut senden geht {} nach dem Öffnen dieser Seite.", duration(seconds)),
    },
    passkey: PasskeyWords {
        title: "Passkey benutzen",
        lead: "Ihr Browser fragt nach Finger, Gesicht, PIN oder Sicherheitsschlüssel. Nichts davon erreicht uns.",
        asking: "Ihr Browser fragt nach Ihrem Passkey.",
        among_others: PasskeyTroubleWords {
            needs_script: "Passkeys brauchen JavaScript, und das ist hier aus. Wählen Sie bitte einen anderen Weg.",
            unsupported: "Dieser Browser kann keine Passkeys. Wählen Sie bitte einen anderen Weg.",
            cancelled: "Es wurde kein Passkey benutzt. Versuchen Sie es erneut oder wählen Sie einen anderen Weg.",
            failed: "Ihr Browser konnte hier keinen Passkey benutzen. Versuchen Sie es erneut oder anders.",
        },
        alone: PasskeyTroubleWords {
            needs_script: "Passkeys brauchen JavaScript, und das ist hier aus. Schalten Sie es ein und laden Sie die Seite neu.",
            unsupported: "Dieser Browser kann keine Passkeys. Melden Sie sich bitte mit einem anderen an.",
            cancelled: "Es wurde kein Passkey benutzt. Sie können es erneut versuchen.",
            failed: "Ihr Browser konnte hier keinen Passkey benutzen. Sie können es erneut versuchen.",
        },
    },
    account: AccountWords {
        title: "Sie sind angemeldet",
        to_portal: |portal| format!("Zu {portal}"),
        login: "Angemeldet als",
        how: "Ausgewiesen mit",
        at_okta: "Anmeldeseite von Okta",
        since: "Seit",
        ends: "Endet",
        ends_text: |latest, idle| format!("{latest}, oder nach {} ohne Besuch", dative(idle)),
        this_browser: "Dieser Browser",
        others: "Ihre anderen Sitzungen",
        no_others: "Sie sind nirgends sonst angemeldet.",
        device: |browser, system| format!("{browser} auf {system}"),
        unknown_device: "Unbekannter Browser",
        signed_in: "Angemeldet",
        last_used: "zuletzt benutzt",
        end: "Beenden",
        end_label: |device| format!("Sitzung in {device} beenden"),
        end_others: "Alle anderen beenden",
        manage: "Ihr Konto",
        change_password: "Passwort ändern",
        manage_factors: "Telefone, Apps und Passkeys",
        sign_out: "Abmelden",
        ended: "Diese Sitzung ist beendet.",
        others_ended: |count| match count {
            1 => "Eine andere Sitzung ist beendet.".to_owned(),
            _ => format!("{count} andere Sitzungen sind beendet."),
        },
        already_ended: "Diese Sitzung war schon beendet.",
    },
    sign_out: SignOutWords {
        title: "Abmelden?",
        text: |portal| format!("Ihre Sitzung in diesem Browser endet, und damit Ihr Zugang zu {portal}."),
        okta: "Ihre Okta-Sitzung in diesem Browser endet ebenfalls.",
        others: |count| match count {
            1 => {
                "Eine Sitzung in einem anderen Browser läuft weiter. Sie können sie in Ihrem Konto beenden.".to_owned()
            }
            _ => format!("{count} Sitzungen in anderen Browsern laufen weiter. Sie können sie in Ihrem Konto beenden."),
        },
        store_away: "Unsere Aufzeichnungen antworten gerade nicht. Sie können sich trotzdem in diesem Browser abmelden.",
        submit: "Abmelden",
        stay: "Angemeldet bleiben",
    },
    forgotten: ForgottenWords {
        title: "Sie sind in diesem Browser abgemeldet",
        text: "Unsere Aufzeichnungen antworten gerade nicht, Ihre Sitzung kann dort also noch offen sein. Versuchen Sie erneut, sie zu beenden.",
        this_browser: |portal| {
            format!("Dieser Browser hat Ihre Sitzung vergessen. Niemand kann damit ohne Anmeldung {portal} öffnen.")
        },
        limits: |idle, latest| {
            format!(
                "Falls sie noch offen ist, endet Ihre Sitzung von selbst nach {} ohne Nutzung, spätestens in {}.",
                dative(idle),
                dative(latest)
            )
        },
    },
    signed_out: SignedOutWords {
        title: "Sie sind abgemeldet",
        text: |portal| format!("Ihre Sitzung in diesem Browser ist beendet. Niemand kann damit {portal} öffnen."),
        idle: |portal| {
            format!(
                "Ihre Sitzung in diesem Browser endete, weil sie eine Weile nicht benutzt wurde. Niemand kann damit {portal} öffnen."
            )
        },
        absolute: |portal| {
            format!(
                "Ihre Sitzung in diesem Browser hat so lange gedauert, wie eine dauern darf. Niemand kann damit {portal} öffnen."
            )
        },
        other_browser: |portal| {
            format!(
                "Sie haben die Sitzung dieses Browsers von einem anderen aus beendet. Niemand kann damit {portal} öffnen."
            )
        },
        too_many: |portal| {
            format!(
                "Sie waren an zu vielen Orten bei {portal} angemeldet, und die Sitzung dieses Browsers war die älteste."
            )
        },
        operator: |portal| format!("Wer {portal} betreut, hat Ihre Sitzung in diesem Browser beendet."),
        by_okta: |portal| {
            format!(
                "Okta bestätigt Ihre Anmeldung nicht mehr, deshalb endete Ihre Sitzung in diesem Browser. Niemand kann damit {portal} öffnen."
            )
        },
        revoked: "Okta hat zurückgenommen, was es uns für Sie gegeben hatte.",
        pending: "Okta hat noch nicht bestätigt. Wir fragen weiter, bis es das tut; Sie müssen nicht warten.",
        okta: "Ihre Okta-Sitzung in diesem Browser ist ebenfalls beendet.",
        others: |count| match count {
            1 => "Eine Sitzung in einem anderen Browser läuft weiter.".to_owned(),
            _ => format!("{count} Sitzungen in anderen Browsern laufen weiter."),
        },
        shared_computer: "Sitzungen in anderen Apps kann diese Seite nicht beenden. Schließen Sie an einem gemeinsam \
                          genutzten Rechner den Browser.",
        again: "Wieder anmelden",
    },
    trouble: trouble::WORDS,
    companion: CompanionWords {
        ending: "Abmeldung in {}",
        at_limit: "Diese Sitzung lässt sich nicht verlängern. Abmeldung in {}",
        ended: "Sie wurden abgemeldet",
        sign_in: "Neu anmelden",
        other: "Jetzt angemeldet als {}",
        reload: "Neu laden",
        stay: "Angemeldet bleiben",
        sign_out: "Abmelden",
        later: "Später",
    },
};

fn to_place(words: &str, place: Option<&str>, otherwise: &str) -> String {
    place.map_or_else(|| otherwise.to_owned(), |place| format!("{words} {place}"))
}
