//! A second handle on a connection's socket, to close it before an answer is sent.

use std::{
    net::{Shutdown, TcpStream as StdStream},
    os::fd::AsFd,
};

use actix_web::{HttpRequest, rt::net::TcpStream};

#[derive(Debug)]
pub(crate) struct Wire(Option<StdStream>);

impl Wire {
    pub(crate) fn of(stream: &TcpStream) -> Self {
        Self(stream.as_fd().try_clone_to_owned().ok().map(StdStream::from))
    }

    fn cut(&self) {
        if let Some(stream) = &self.0 {
            // OK because it fails only when the socket is closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Closes the connection of this request, so that its answer never arrives.
pub(crate) fn cut(request: &HttpRequest) {
    if let Some(wire) = request.conn_data::<Wire>() {
        wire.cut();
    }
}
