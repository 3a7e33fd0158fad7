//! German, for pages that report a failure.

use super::duration::dative;
use crate::LoopCause;
use crate::copy::{Linked, TroubleText, TroubleWords};

pub(super) const WORDS: TroubleWords = TroubleWords {
    password_expired: "Ihr Passwort ist abgelaufen",
    password_expired_link: Linked("", "Legen Sie ein neues fest", " und melden Sie sich dann hier an."),
    password_expired_text: "Legen Sie ein neues fest und melden Sie sich dann hier an.",
    not_enrolled: TroubleText {
        heading: "Noch gibt es keinen Weg, sich auszuweisen",
        text: "Ihr Passwort stimmt, aber dieses Konto braucht noch einen Weg, etwa ein Telefon oder eine App.",
    },
    not_enrolled_link: "Jetzt einrichten",
    not_allowed: |portal| format!("Von hier aus können Sie sich bei {portal} nicht anmelden"),
    no_access: TroubleText {
        heading: "Dieser Teil ist für Sie nicht offen",
        text: "Wenn Sie angemeldet sind, bleiben Sie es. Diese Seite gehört nur nicht dazu.",
    },
    busy: TroubleText {
        heading: "Einen Moment, wir arbeiten noch daran",
        text: "Diese Anmeldung wird gerade bearbeitet, vielleicht in einem anderen Tab. Versuchen Sie es gleich \
               noch einmal.",
    },
    refused: TroubleText {
        heading: "Dieses Formular konnten wir nicht annehmen",
        text: "Es kam von einer anderen oder einer alten Seite. Es wurde nichts damit getan. Beginnen Sie bitte \
               auf unserer Seite.",
    },
    unreadable: TroubleText {
        heading: "Diese Anfrage konnten wir nicht lesen",
        text: "Sie kam unvollständig oder in unbekannter Form an. Es wurde nichts damit getan.",
    },
    not_found: TroubleText {
        heading: "Hier ist keine Seite",
        text: "Die Adresse ist vielleicht vertippt oder veraltet.",
    },
    hosted_failed: TroubleText {
        heading: "Okta hat Sie ohne Anmeldung zurückgeschickt",
        text: "Vielleicht wurde abgebrochen, oder es dauerte zu lange. Nichts hat sich geändert; versuchen Sie es \
               erneut.",
    },
    portal_away: |portal| format!("{portal} antwortet gerade nicht"),
    portal_away_text: "An Ihrer Anmeldung liegt es nicht. Versuchen Sie es gleich noch einmal.",
    redirect_loop: "Sie werden immer wieder hierher geschickt",
    going_round_text: |portal, seen| {
        let why = match seen {
            LoopCause::OtherHost => {
                "es steht unter einer anderen Adresse, zu der Ihr Browser unser Cookie nicht mitnimmt"
            }
            LoopCause::CookieLost => "was davor steht, reicht unser Cookie nicht weiter",
            LoopCause::OtherSession => "Ihr Browser zeigt dort das Cookie einer anderen Sitzung",
            LoopCause::Clock => "die Uhren unserer Rechner gehen verschieden",
        };
        format!("Sie sind angemeldet, aber {portal} sieht es nicht: {why}. Das müssen die Betreiber beheben.")
    },
    several_sessions: "Ihr Browser zeigt zwei Anmeldungen zugleich",
    several_sessions_text: |cookie| {
        format!(
            "Er hat mehrere Cookies namens {cookie} geschickt, und mehr als eines davon gilt. Eines könnte jemand anderem \
             gehören, also zählt keines. Wir haben Ihren Browser gebeten, sie zu entfernen: Melden Sie sich neu an. Kommen Sie \
             wieder auf diese Seite, dann setzt eine andere Seite derselben Domain dieses Cookie: Löschen Sie die Cookies der \
             Domain in den Einstellungen Ihres Browsers und sagen Sie den Betreibern Bescheid."
        )
    },
    too_many_cookies: TroubleText {
        heading: "Ihr Browser schickt dieser Seite zu viel",
        text: "Er hat mehr Cookies für diese Seite, als auf einmal gelesen werden. Löschen Sie die Cookies dieser Seite in den \
               Einstellungen Ihres Browsers und versuchen Sie es dann erneut.",
    },
    hosted_way: "Auf der Anmeldeseite von Okta geht es vielleicht weiter. Sie bringt Sie angemeldet hierher zurück.",
    attempt_gone: TroubleText {
        heading: "Beginnen wir noch einmal",
        text: "Die begonnene Anmeldung ist nicht mehr offen.",
    },
    attempt_gone_to: |place| format!("Sie gelangen weiterhin zu {place}."),
    wait_text: |seconds| {
        format!(
            "In {} können Sie es wieder versuchen. Nichts ging verloren.",
            dative(seconds)
        )
    },
    not_answering_text: |retry| {
        let when = retry.map_or_else(|| "gleich".to_owned(), |seconds| format!("in {}", dative(seconds)));
        format!("Versuchen Sie es {when} noch einmal. Wo Sie schon angemeldet sind, ändert sich nichts.")
    },
    closed: TroubleText {
        heading: "Die Anmeldung macht gerade Pause",
        text: "Wir haben sie für eine Weile angehalten. Wo Sie schon angemeldet sind, bleiben Sie es.",
    },
    fault: "Bei uns ist etwas kaputtgegangen",
    fault_text: |code| match code {
        Some(code) => format!(
            "Es ist unter dem Code {code} festgehalten. Versuchen Sie es erneut; bleibt es dabei, nennen Sie den \
             Code hier: "
        ),
        None => "Es ist festgehalten. Versuchen Sie es erneut; bleibt es dabei, melden Sie sich hier: ".to_owned(),
    },
    ask: Linked("Hilfe bekommen Sie hier: ", "", "."),
    ask_quote: Linked("Fragen Sie hier nach: ", "; nennen Sie dabei ", "."),
    ask_nobody: "die Stelle, von der Sie Ihr Konto haben",
    still_going: |place| format!("Sie wollten zu {place}. Das bleibt gemerkt."),
    set_password: "Neues Passwort festlegen",
};
