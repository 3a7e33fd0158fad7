//! What a check has found, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::code::FindingCode;

/// The version of the JSON document. It rises when a member changes its meaning or goes away.
const DOCUMENT_VERSION: u32 = 1;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// Customers are affected, or will be.
    Error,
    /// Worth a second look.
    Warning,
    /// It could not be found out.
    Unknown,
}

/// One finding.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    code: FindingCode,
    severity: Severity,
    /// One sentence.
    text: String,
    /// Okta does not say it in so many words: it follows from its answer.
    inferred: bool,
    /// Where in the Admin Console it is put right.
    place: Option<&'static str>,
    docs: String,
}

/// Everything that was found.
#[derive(Debug, Serialize)]
pub(super) struct CheckReport {
    version: u32,
    outcome: &'static str,
    findings: Vec<Finding>,
    /// Settings that are allowed, but worth a second look.
    warnings: Vec<String>,
    /// What is fine, and what it means.
    fine: Vec<String>,
    /// What cannot be seen from here.
    unseen: Vec<String>,
}

impl Finding {
    pub(super) fn new(code: FindingCode, severity: Severity, text: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            text: text.into(),
            inferred: false,
            place: code.place(),
            docs: format!("docs/check.md#{}", code.as_str()),
        }
    }

    pub(super) fn inferred(mut self) -> Self {
        self.inferred = true;
        self
    }

    fn is_problem(&self) -> bool {
        self.severity != Severity::Warning
    }
}

impl Default for CheckReport {
    fn default() -> Self {
        Self {
            version: DOCUMENT_VERSION,
            outcome: "ok",
            findings: Vec::new(),
            warnings: Vec::new(),
            fine: Vec::new(),
            unseen: Vec::new(),
        }
    }
}

impl CheckReport {
    /// For settings that cannot be used.
    pub(super) fn of_settings(problems: impl Iterator<Item = String>) -> Self {
        let findings = problems.map(|text| Finding::new(FindingCode::Setting, Severity::Error, text));
        Self {
            outcome: "settings",
            findings: findings.collect(),
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        if finding.is_problem() {
            self.outcome = "problems";
        }
        self.findings.push(finding);
    }

    pub(super) fn error(&mut self, code: FindingCode, text: impl Into<String>) {
        self.add(Finding::new(code, Severity::Error, text));
    }

    pub(super) fn warn(&mut self, code: FindingCode, text: impl Into<String>) {
        self.add(Finding::new(code, Severity::Warning, text));
    }

    pub(super) fn unknown(&mut self, code: FindingCode, text: impl Into<String>) {
        self.add(Finding::new(code, Severity::Unknown, text));
    }

    pub(super) fn fine(&mut self, text: impl Into<String>) {
        self.fine.push(text.into());
    }

    pub(super) fn unseen(&mut self, text: impl Into<String>) {
        self.unseen.push(text.into());
    }

    pub(super) fn warnings(&mut self, warnings: impl Iterator<Item = String>) {
        self.warnings.extend(warnings);
    }

    pub(super) fn has(&self, code: FindingCode) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }

    pub(super) fn has_problem(&self) -> bool {
        self.findings.iter().any(Finding::is_problem)
    }

    /// For people. The warnings about settings are printed by whoever reads these.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        let lines = self.fine.iter().map(|line| format!("ok: {line}\n"));
        text.extend(lines);
        for finding in &self.findings {
            text.push_str(&finding.to_text());
        }
        text.extend(self.unseen.iter().map(|line| format!("not checked: {line}\n")));
        text
    }

    /// For programs.
    pub(super) fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

impl Finding {
    fn to_text(&self) -> String {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Unknown => "unknown",
        };
        let Self { code, text, docs, .. } = self;
        let inferred = if self.inferred {
            " (inferred from Okta's answer)"
        } else {
            ""
        };
        let mut lines = format!("{severity}: {}: {text}{inferred}\n", code.as_str());
        // OK because writing to a string does not fail.
        let _ = match self.place {
            Some(place) => writeln!(lines, "    at Okta: {place}; see {docs}"),
            None => writeln!(lines, "    see {docs}"),
        };
        lines
    }
}
