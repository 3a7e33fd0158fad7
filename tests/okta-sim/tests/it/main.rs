//! Drives the simulator over HTTP, the way a client would.

#[cfg(test)]
mod challenge;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod dpop;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hosted;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod load;
#[cfg(test)]
mod org;
#[cfg(test)]
mod otp;
#[cfg(test)]
mod passkey;
#[cfg(test)]
mod people;
#[cfg(test)]
mod phone;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod push;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod strictness;
#[cfg(test)]
mod switches;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod universal_logout;
