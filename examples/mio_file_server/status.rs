//! The status lines of HTTP responses.

/// The status in the first line of a response.
pub(crate) type StatusLine = &'static str;

pub(crate) const BAD_REQUEST: StatusLine = "400 Bad Request";
pub(crate) const CONFLICT: StatusLine = "409 Conflict";
pub(crate) const CREATED: StatusLine = "201 Created";
pub(crate) const FORBIDDEN: StatusLine = "403 Forbidden";
pub(crate) const INTERNAL_ERROR: StatusLine = "500 Internal Server Error";
pub(crate) const NO_CONTENT: StatusLine = "204 No Content";
pub(crate) const NOT_FOUND: StatusLine = "404 Not Found";
