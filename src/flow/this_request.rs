//! What a spawned task keeps of the request that it belongs to.

use crate::flow::RequestOrigin;
use crate::trace::inheriting;

/// Makes a future part of the request that is being answered here: of its trace, and of its origin in the audit record.
pub(crate) fn of_this_request<F: Future>(work: F) -> impl Future<Output = F::Output> {
    inheriting(RequestOrigin::current().scope(work))
}
