//! The chain of one process: each record names the one before it by its hash, and signatures vouch for all before them.

use super::record::{AuditLine, ChainEvent, SIGNATURE, hash};
use crate::session::secrets::AuditSigner;

/// Where the chain of this process stands.
#[derive(Debug)]
pub(super) struct Chain {
    id: String,
    seq: u64,
    prev: String,
    signer: AuditSigner,
    /// Records since the last signature.
    unsigned: u64,
}

impl Chain {
    pub(super) fn new(id: String, signer: AuditSigner) -> Self {
        Self {
            id,
            seq: 0,
            prev: String::new(),
            signer,
            unsigned: 0,
        }
    }

    /// The public half of the key that signs.
    pub(super) fn key(&self) -> String {
        self.signer.public_key().to_string()
    }

    /// Records that no signature vouches for yet.
    pub(super) fn unsigned(&self) -> u64 {
        self.unsigned
    }

    /// The record as the next line of the chain, with its line break. It counts once it is [`written`](Self::written).
    pub(super) fn line(&self, record: AuditLine) -> Vec<u8> {
        let is_signed = ChainEvent::must_be_signed(record.event);
        let record = AuditLine {
            chain: self.id.clone(),
            seq: self.seq,
            prev: self.prev.clone(),
            ..record
        };
        let mut line = record.to_line();
        if is_signed {
            // In place of the brace at the end, which follows the signature.
            line.pop();
            let signature = self.signer.sign(&line);
            line.extend_from_slice(SIGNATURE.as_bytes());
            line.extend_from_slice(signature.as_bytes());
            line.extend_from_slice(b"\"}");
        }
        line.push(b'\n');
        line
    }

    /// The line has been written whole.
    pub(super) fn written(&mut self, line: &[u8], is_signed: bool) {
        self.prev = hash(line.strip_suffix(b"\n").unwrap_or(line));
        self.seq += 1;
        self.unsigned = if is_signed { 0 } else { self.unsigned + 1 };
    }
}
