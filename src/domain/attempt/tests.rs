//! Properties of the transition function.
