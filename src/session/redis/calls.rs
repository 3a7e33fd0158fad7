//! Calls to Redis.

use redis::{Cmd, ErrorKind, FromRedisValue, RedisResult, Script, ServerErrorKind};

use super::connection::{RedisConnection, RedisLinks};
use super::reach::Connection;
use super::unanswered::Unanswered;
use crate::session::{ChangeError, StoreError};

impl RedisConnection {
    /// Runs a script whose effect no caller relies on.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        arguments: impl FnOnce(&mut Cmd),
    ) -> Result<T, StoreError> {
        let connections = self.connections().await?;
        let mut call = self.call_of(script);
        arguments(&mut call);
        let mut connection = connections.usual.clone();
        let answer = self.over(&connections, evaluate(script, &call, &mut connection));
        answer.await.map_err(Unanswered::into_error)
    }

    /// Runs a script that changes something. If its answer is lost with the connection, it is run once more, so the
    /// script must recognise what it has already done.
    pub(super) async fn change<T: FromRedisValue>(
        &self,
        script: &Script,
        arguments: impl Fn(&mut Cmd),
    ) -> Result<T, ChangeError> {
        self.change_by(script, &arguments, 0).await
    }

    /// Like [`change`](Self::change), for an effect that must outlive the node: done when enough replicas have it.
    pub(super) async fn change_safely<T: FromRedisValue>(
        &self,
        script: &Script,
        arguments: impl Fn(&mut Cmd),
    ) -> Result<T, ChangeError> {
        let replicas = self.address().replicas;
        self.change_by(script, &arguments, replicas).await
    }

    async fn change_by<T: FromRedisValue>(
        &self,
        script: &Script,
        arguments: &impl Fn(&mut Cmd),
        replicas: u32,
    ) -> Result<T, ChangeError> {
        match self.try_change(script, arguments, replicas).await {
            Ok(answer) => Ok(answer),
            Err(Unanswered::Refused(why)) => Err(ChangeError::NotDone(why)),
            Err(Unanswered::Unknown(why)) => Err(ChangeError::Unknown(why)),
            // The first run may have done it, even if the second is refused.
            Err(Unanswered::Lost(_)) => self
                .try_change(script, arguments, replicas)
                .await
                .map_err(|again| ChangeError::Unknown(again.into_error())),
        }
    }

    async fn try_change<T: FromRedisValue>(
        &self,
        script: &Script,
        arguments: &impl Fn(&mut Cmd),
        replicas: u32,
    ) -> Result<T, Unanswered> {
        let connections = self.connections().await.map_err(Unanswered::Refused)?;
        let mut call = self.call_of(script);
        arguments(&mut call);
        let mut connection = match replicas {
            0 => connections.usual.clone(),
            _ => connections.replicated.clone(),
        };
        let answer = self.over(&connections, evaluate(script, &call, &mut connection));
        let answer = answer.await?;
        if replicas > 0 {
            let patience = self.address().patience.as_millis() / 2;
            let mut wait = redis::cmd("WAIT");
            wait.arg(replicas).arg(u64::try_from(patience).unwrap_or(u64::MAX));
            let have = self.over(&connections, wait.query_async::<u32>(&mut connection));
            let have = have.await?;
            if have < replicas {
                return Err(Unanswered::Unknown(StoreError::new(format!(
                    "redis: {have} replicas have a change, {replicas} are wanted (store.replicas)"
                ))));
            }
        }
        Ok(answer)
    }

    /// A call of a script, without its arguments. The crate's own builder would copy each argument once more.
    fn call_of(&self, script: &Script) -> Cmd {
        let mut call = redis::cmd("EVALSHA");
        call.arg(script.get_hash()).arg(1).arg(self.prefix());
        call
    }

    /// Completes when the wanted number of replicas have everything that was in Redis at the time of the call.
    pub(super) async fn safe(&self) -> Result<(), ChangeError> {
        match self.address().replicas {
            0 => Ok(()),
            replicas => self.change_by(&self.scripts().safe, &|_| (), replicas).await,
        }
    }

    /// Runs one command.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, StoreError> {
        let connections = self.connections().await?;
        let mut connection = connections.usual.clone();
        let answer = self.over(&connections, command.query_async(&mut connection));
        answer.await.map_err(Unanswered::into_error)
    }

    /// Runs several commands in one go.
    pub(super) async fn ask_all<T: FromRedisValue>(&self, commands: &redis::Pipeline) -> Result<T, StoreError> {
        let connections = self.connections().await?;
        let mut connection = connections.usual.clone();
        let answer = self.over(&connections, commands.query_async(&mut connection));
        answer.await.map_err(Unanswered::into_error)
    }

    /// The answer over this connection, unless it is given up first. The caller that finds it broken gives it up for
    /// all.
    async fn over<T>(
        &self,
        connections: &RedisLinks,
        asking: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, Unanswered> {
        let number = connections.number;
        let answer = tokio::select! {
            biased;
            () = self.wait_until_left(number) => {
                let why = "redis: the connection was left before an answer came";
                return Err(Unanswered::Lost(StoreError::new(why).logged()));
            }
            answer = asking => answer,
        };
        answer.map_err(|error| {
            let why = Unanswered::from(&error);
            if let Unanswered::Lost(why) = &why {
                self.leaves(number, &why.reason);
            }
            why
        })
    }
}

/// Calls a script, and first sends its text to a node that does not know it.
async fn evaluate<T: FromRedisValue>(script: &Script, call: &Cmd, connection: &mut Connection) -> RedisResult<T> {
    match call.query_async(connection).await {
        Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
            script.load_async(connection).await?;
            call.query_async(connection).await
        }
        answer => answer,
    }
}
