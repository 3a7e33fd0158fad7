//! The scripts that Redis runs: each is one atomic step. They are called by their hash; a node that does not know one
//! is sent its text.

use redis::Script;

macro_rules! scripts {
    ($($name:ident: $($part:literal)+;)+) => {
        pub(super) struct Scripts {
            $(pub(super) $name: Script,)+
        }

        impl Scripts {
            #[cfg(test)]
            pub(super) fn all(&self) -> Vec<&Script> {
                vec![$(&self.$name),+]
            }

            pub(super) fn new() -> Self {
                Self {
                    $($name: Script::new(concat!($(include_str!(concat!("lua/", $part, ".lua"))),+)),)+
                }
            }
        }
    };
}

scripts! {
    beacon: "beacon";
    key_check: "key_check";
    open: "attempts" "rows" "open";
    replace: "attempts" "replace";
    move_on: "attempts" "move_on";
    sweep_attempts: "attempts" "sweep_attempts";
    start: "write_for_wait" "sessions" "attempts" "rows" "start";
    end: "write_for_wait" "sessions" "end";
    touch: "touch";
    lease: "lease";
    rest: "rest";
    renew: "write_for_wait" "renew";
    keep_revocation: "write_for_wait" "keep_revocation";
    safe: "write_for_wait" "safe";
    order: "order";
    forget_revocation: "forget_revocation";
    write_rows: "rows" "write_rows";
    keep_notice: "keep_notice";
    forget_notices: "forget_notices";
    note_try: "note_try";
    forget_tries: "write_for_wait" "forget_tries";
    set_closed: "write_for_wait" "set_closed";
}
