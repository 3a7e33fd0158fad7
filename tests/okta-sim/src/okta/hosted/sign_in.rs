//! `/signin`: the hosted page. A GET shows the current step, a POST moves the sign-in on and redirects to the GET.

use crate::{
    account::AccountState,
    browsers::Step,
    errors,
    fault::FaultKind,
    okta::{
        admission::check_content_type,
        call::Call,
        hosted::{
            after, factor, identify, page,
            returning::redirect,
            sign_in_page,
            turn::{Moved, Tried, Turn},
        },
        incoming::Incoming,
        route::Route,
    },
    reply::Reply,
    world::World,
};

pub(super) fn address(token: &str) -> String {
    format!("/signin?state_token={token}")
}

pub(in crate::okta) fn answer(world: &World, incoming: &Incoming, fault: Option<&FaultKind>) -> Result<Reply, Reply> {
    let is_post = incoming.method == "POST";
    if is_post {
        check_content_type(incoming)?;
    }
    let token = incoming.parameters().get("state_token").unwrap_or_default();
    let mut state = world.lock();
    let found = state.browsers.sign_ins.get(token).cloned();
    let expires_now = matches!(fault, Some(FaultKind::ExpireNow));
    let open = found.filter(|kept| incoming.at < kept.expires && !expires_now);
    let sign_in = open.ok_or_else(|| page::error(&errors::request_expired()))?;
    let client = world.client(&sign_in.asked.client);
    let client = client.ok_or_else(|| page::error(&errors::unknown_client_on_page()))?;
    if !is_post {
        return Ok(sign_in_page::show(&state, &sign_in, client.policy, token));
    }
    let call = Call {
        world,
        incoming,
        route: &Route::sign_in(sign_in.asked.server.clone()),
        client: &client,
        now: incoming.at,
        expires_now,
        answer_arrives: fault.is_none_or(FaultKind::answer_arrives),
    };
    let mut turn = Turn {
        state: &mut state,
        call: &call,
        sign_in,
    };
    let ended = turn.submit();
    let Turn { sign_in, .. } = turn;
    let login = sign_in.login.clone();
    let reply = if let Some(reply) = ended {
        state.browsers.sign_ins.remove(token);
        reply
    } else {
        if let Some(kept) = state.browsers.sign_ins.get_mut(token) {
            *kept = sign_in;
        }
        redirect(303, address(token))
    };
    drop(state);
    world.changed(&login);
    Ok(reply)
}

impl Turn<'_> {
    /// The answer that ends the sign-in; none when it goes on.
    fn submit(&mut self) -> Option<Reply> {
        self.sign_in.note = None;
        let action = self.call.form().get("action").unwrap_or_default();
        if action == "cancel" {
            return Some(self.sign_in.asked.back.refuse(&errors::denied()));
        }
        let tried = if self.is_locked_out() {
            self.sign_in.step = Step::Identify;
            self.sign_in.shown.clear();
            Err(identify::UNABLE.to_owned())
        } else {
            self.act(action)
        };
        match tried {
            Ok(Moved::Turned) => None,
            Ok(Moved::Proved(proof)) => {
                self.sign_in.shown.push(proof);
                after::advance(self)
            }
            Err(note) => {
                self.sign_in.note = Some(note);
                None
            }
        }
    }

    /// An action that does not belong to the step comes from an outdated page and changes nothing.
    fn act(&mut self, action: &str) -> Tried {
        match (self.sign_in.step.clone(), action) {
            (Step::Identify, "sign-in") => identify::password(self),
            (Step::Identify, "other-way") => identify::other_way(self),
            (Step::NewPassword, "new-password") => identify::new_password(self),
            (Step::ChooseFactor | Step::AppCode | Step::OutOfBand { .. }, "choose") => factor::choose(self),
            (Step::AppCode, "verify") => factor::app_code(self),
            (Step::OutOfBand { oob_code }, "verify") => factor::typed_code(self, &oob_code),
            (Step::OutOfBand { oob_code }, "check") => factor::push(self, &oob_code),
            (Step::AddApp, "verify") => factor::add_app(self),
            (Step::AppCode | Step::OutOfBand { .. }, "back") => {
                self.sign_in.step = Step::ChooseFactor;
                Ok(Moved::Turned)
            }
            _ => Ok(Moved::Turned),
        }
    }

    /// Whether the account was locked or removed during the sign-in.
    fn is_locked_out(&self) -> bool {
        let account = self.state.account(&self.sign_in.login);
        self.sign_in.step != Step::Identify && account.is_none_or(|account| account.state == AccountState::Locked)
    }
}
