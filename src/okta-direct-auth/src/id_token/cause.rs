//! Why tokens are refused.

use crate::{Error, ErrorKind};

/// The name of a refusal, for the log.
pub(crate) type Cause = &'static str;

pub(crate) fn refused(cause: Cause) -> Error {
    Error::new(ErrorKind::InvalidToken, cause)
}
