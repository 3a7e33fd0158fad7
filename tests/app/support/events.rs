//! The events of a page that waits.

use reqwest::{RequestBuilder, Response};

use super::wait::soon;

/// An open stream of events. Dropping it closes the connection, as a browser that goes away does.
#[derive(Debug)]
pub(crate) struct Events {
    stream: Response,
    text: String,
}

impl Events {
    /// Opens it, and reads the first event, `waiting`.
    pub(super) async fn open(request: RequestBuilder) -> Self {
        let stream = soon("a stream", request.send()).await.unwrap();
        assert_eq!(stream.status(), 200);
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let mut events = Self {
            stream,
            text: String::new(),
        };
        assert_eq!(events.next().await, "waiting");
        events
    }

    /// The name of the next event.
    pub(crate) async fn next(&mut self) -> String {
        let name = self.next_or_end().await;
        name.unwrap_or_else(|| panic!("the stream ended without an event: {:?}", self.text))
    }

    /// The same; `None` when the service has closed the stream.
    pub(crate) async fn next_or_end(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let name = event
                    .lines()
                    .find_map(|line| line.strip_prefix("event: "))
                    .map(str::to_owned);
                self.text = String::from(rest);
                match name {
                    Some(name) => return Some(name),
                    None => continue,
                }
            }
            let chunk = soon("an event", self.stream.chunk()).await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Whether the service has closed the stream.
    pub(crate) async fn has_ended(mut self) -> bool {
        soon("the end of the stream", self.stream.chunk())
            .await
            .unwrap()
            .is_none()
    }
}
