//! No proxy at all: the service passes requests on to the portal itself (`portal.upstream`). The cases of the proxies
//! hold here too, and so does whatever else a proxy must do.

mod answers;
mod bodies;
mod differential;
mod early;
mod expecting;
mod framing;
mod nginx;
mod proxied_request;
mod questions;
mod raw_portal;
mod smuggling;
mod sockets;
mod trouble;

use crate::{connections, forged, layouts, refusals, signing_in, uploads};

/// Makes a test of each of these cases from other files.
macro_rules! without_a_proxy {
    ($layout:ident: $($file:ident::$case:ident)*) => {
        $(#[tokio::test]
        async fn $case() {
            crate::scene::plays_alone(crate::scene::$layout, $file::$case).await;
        })*
    };
}

without_a_proxy! {
    under_a_path:
    connections::a_websocket_opens_for_signed_in_users_only
    connections::an_event_stream_arrives_while_it_is_written
    forged::sec_313_identity_that_a_client_sends_never_arrives
    forged::sec_311_metadata_that_a_client_sends_decides_nothing
    forged::sec_311_the_host_that_is_asked_about_is_the_one_that_is_meant
    forged::sec_311_a_path_with_two_meanings_never_arrives
    layouts::another_host_gets_its_session_by_a_ticket
    refusals::a_program_gets_401_and_no_redirect
    refusals::a_session_that_is_over_opens_nothing
    refusals::a_session_that_is_ended_elsewhere_is_out_within_a_second
    refusals::a_user_without_permission_is_refused
    refusals::a_user_who_lacks_assurance_is_asked_for_it
    signing_in::the_portal_is_told_who_the_user_is
    signing_in::a_page_leads_to_the_form_and_back
    signing_in::sec_147_a_long_link_leads_to_the_form_and_back
    signing_in::a_post_reaches_the_portal_whole_or_not_at_all
    signing_in::after_a_sign_out_the_form_is_shown
    uploads::sec_308_an_upload_after_the_end_of_the_session_sees_the_answer
    uploads::sec_308_nobody_holds_a_connection_that_was_answered
}

without_a_proxy! {
    side_by_side:
    layouts::the_service_has_its_own_paths_and_the_portal_all_others
}
