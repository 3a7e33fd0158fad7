//! The span of the request that a task is busy with.

use tokio::task::futures::TaskLocalFuture;

use super::TraceContext;

tokio::task_local! {
    static CURRENT: Option<TraceContext>;
}

/// The span that the code which asks is within.
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(Clone::clone).ok().flatten()
}

/// Makes a future part of this span.
pub fn within<F: Future>(context: TraceContext, future: F) -> TaskLocalFuture<Option<TraceContext>, F> {
    CURRENT.scope(Some(context), future)
}

/// Makes a future that is spawned part of the span that it is spawned within.
pub fn inheriting<F: Future>(future: F) -> TaskLocalFuture<Option<TraceContext>, F> {
    CURRENT.scope(current(), future)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_belongs_to_the_span_that_it_was_spawned_within() {
        assert_eq!(current(), None);
        let span = TraceContext::new();
        let spawns = async || {
            let inherits = tokio::spawn(inheriting(async { current() }));
            let does_not = tokio::spawn(async { current() });
            (inherits.await.unwrap(), does_not.await.unwrap())
        };
        assert_eq!(within(span.clone(), spawns()).await, (Some(span), None));
        assert_eq!(spawns().await, (None, None));
    }
}
