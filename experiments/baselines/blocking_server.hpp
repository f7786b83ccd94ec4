#pragma once

#include "experiments/baselines/synchronised_connections.hpp"
#include "shared/server/server.hpp"

namespace iolab::blocking {

/// What the blocking servers share. Threads accept with blocking calls and hand each connection to
/// the thread that will serve it to its end; which one that is, is all that they differ in. The
/// main thread serves no connection: it ticks, and begins and awaits the drain.
class BlockingServer : public Server {
 public:
  /// Binds and listens. Throws std::system_error, or UsageError for what blocking calls cannot do.
  explicit BlockingServer(const ServerOptions& options);

  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] std::string_view engine() const override { return "blocking calls"; }
  [[nodiscard]] const Statistics& statistics() const override { return service_.statistics; }
  void run() override;
  void stop() override { wake_up_.notify(); }

 protected:
  /// The body of a thread that accepts; may run in several at once. Returns when the server stops.
  void accept();

  /// Serves an admitted connection on the calling thread, to its end.
  void serve(UniqueHandle handle) noexcept;

 private:
  /// Starts the threads that accept. Throws std::system_error.
  virtual void start_threads() = 0;
  /// Waits for the end of every thread that was started; all have been told to end.
  virtual void join_threads() noexcept = 0;
  /// Gives an admitted connection to its thread. Throws std::system_error or std::bad_alloc.
  virtual void dispatch(UniqueHandle handle) = 0;

  void admit(UniqueHandle handle) noexcept;
  void pause_accepting() noexcept;
  void drain();

  Service service_;
  UniqueHandle listener_;
  std::uint16_t port_;
  WakeUp wake_up_;
  SynchronisedConnections connections_;
};

}  // namespace iolab::blocking
