//! Traces: whose ids count, what Okta and the portal get, and what arrives at a collector.

mod collector;
mod export;
mod joined;
mod portal;
