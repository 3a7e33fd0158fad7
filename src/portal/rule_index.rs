//! Finds the first rule for a request without trying all of them.

use std::collections::HashMap;

use smallvec::{SmallVec, smallvec};

use super::hosts::{Authority, HostPattern};
use super::path_pattern::{PathPattern, Segment, segments};

/// The rules by host and path. A rule is identified by its position.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleIndex {
    /// The rules for every host.
    everywhere: Node,
    /// By the host of the pattern, without star and port, and then by the whole pattern.
    hosts: HashMap<Box<str>, HashMap<HostPattern, Node>>,
}

/// The rules for a path, and those for the paths below it.
#[derive(Debug, Clone, Default)]
struct Node {
    named: HashMap<Box<str>, Node>,
    /// Below any segment, whatever its name.
    any: Option<Box<Node>>,
    /// The rules whose path ends here, in their order.
    covering: Vec<usize>,
    /// The same, for rules that do not cover the paths below.
    exact: Vec<usize>,
}

impl<'a> FromIterator<(Option<&'a HostPattern>, &'a PathPattern)> for RuleIndex {
    fn from_iter<T: IntoIterator<Item = (Option<&'a HostPattern>, &'a PathPattern)>>(rules: T) -> Self {
        let mut index = Self::default();
        for (at, (host, path)) in rules.into_iter().enumerate() {
            index.of_host(host).add(path, at);
        }
        index
    }
}

impl RuleIndex {
    fn of_host(&mut self, host: Option<&HostPattern>) -> &mut Node {
        let Some(host) = host else {
            return &mut self.everywhere;
        };
        let ports = self.hosts.entry(host.host().into()).or_default();
        ports.entry(host.clone()).or_default()
    }

    /// The first rule for this host and path that also fits. The path is in the form that paths are compared in.
    pub(super) fn first(&self, authority: &Authority<'_>, path: &str, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let mut first = None;
        self.everywhere.look(path, &fits, &mut first);
        let host = authority.host();
        // A star matches the first label.
        let parent = host.split_once('.').map(|(_, parent)| parent);
        for host in std::iter::once(host).chain(parent) {
            for (pattern, paths) in self.hosts.get(host).into_iter().flatten() {
                if pattern.matches_authority(authority) {
                    paths.look(path, &fits, &mut first);
                }
            }
        }
        first
    }
}

impl Node {
    fn add(&mut self, path: &PathPattern, rule: usize) {
        let mut node = self;
        for segment in path.segments() {
            node = match segment {
                Segment::Any => node.any.get_or_insert_default(),
                Segment::Named(name) => node.named.entry(name.as_str().into()).or_default(),
            };
        }
        if path.is_exact() {
            node.exact.push(rule);
        } else {
            node.covering.push(rule);
        }
    }

    /// Makes `first` the first rule for this path if it comes earlier.
    fn look(&self, path: &str, fits: &impl Fn(usize) -> bool, first: &mut Option<usize>) {
        let mut look_at = |rules: &[usize]| {
            let mut earlier = rules.iter().take_while(|rule| first.is_none_or(|first| **rule < first));
            if let Some(rule) = earlier.find(|rule| fits(**rule)) {
                *first = Some(*rule);
            }
        };
        let mut nodes: SmallVec<[&Self; 4]> = smallvec![self];
        for segment in segments(path) {
            let mut below = SmallVec::new();
            for node in nodes {
                look_at(&node.covering);
                below.extend(node.named.get(segment));
                below.extend(node.any.as_deref());
            }
            if below.is_empty() {
                return;
            }
            nodes = below;
        }
        for node in nodes {
            look_at(&node.covering);
            look_at(&node.exact);
        }
    }
}
