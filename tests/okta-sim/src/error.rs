//! The errors that a test gets when the simulator cannot do what it asks for.

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("bind the address")]
    Bind(#[source] std::io::Error),
    #[error("run the server")]
    Serve(#[source] std::io::Error),
    #[error("the server ended before it was ready")]
    Gone,
    #[error("make a signing key")]
    Key,
    #[error("the base URL is not one")]
    BaseUrl(#[source] url::ParseError),
    #[error("there is no such account")]
    NoSuchAccount,
    #[error("there is no such client")]
    NoSuchClient,
    #[error("there is no such grant type")]
    NoSuchGrant,
    #[error("there is no such prompt")]
    NoSuchPrompt,
    #[error("the prompt is not open any more")]
    PromptIsOver,
    #[error("no application has registered for Universal Logout")]
    NoEndpoint,
    #[error("the application did not answer")]
    Undelivered(#[source] reqwest::Error),
}
