#include "completion_server.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "frame_decoder.hpp"

namespace lab {
namespace {

using namespace std::chrono_literals;

class CompletionServer;

/// One client. The server owns it; it ends itself by close(), and is destroyed when what it lent to
/// the engine has come back. At most one receive and one send are in flight.
class Connection final : public CompletionHandler {
 public:
  /// Takes the descriptor unless it throws.
  Connection(CompletionServer& server, int handle);
  ~Connection();

  void handle_event(AsyncOperation& operation) override;

  /// Starts what can be started now. It may be the end of this connection.
  void advance();
  void drain();
  void close();
  void end_if_idle();

 private:
  void received(std::size_t size);
  void answer(std::span<const std::byte> input);
  void sent(std::size_t size);
  void submit_send();
  void release();
  [[nodiscard]] std::size_t unsent() const { return unsent_of_lent_.size() + output_.size(); }

  CompletionServer& server_;
  const int handle_;
  AsyncOperation receive_{OperationKind::receive, handle_, *this};
  AsyncOperation send_{OperationKind::send, handle_, *this};
  std::vector<std::byte> input_;               // lent to receive_
  std::vector<std::byte> lent_;                // lent to send_: it must neither grow nor move
  std::span<const std::byte> unsent_of_lent_;  // the end of lent_
  std::vector<std::byte> output_;              // what comes behind it: replies are added here
  std::unique_ptr<FrameDecoder> decoder_;      // null for echo
  std::chrono::nanoseconds last_progress_;
  bool input_ended_ = false;  // the client has finished
  bool ending_ = false;       // this side will finish: nothing more is answered
  bool finished_ = false;     // this side has (FIN)
  bool closing_ = false;
};

/// Accepts, owns the connections and keeps the time.
class CompletionServer final : public Server, public CompletionHandler {
 public:
  CompletionServer(Proactor& proactor, int listener, const ServerOptions& options)
      : proactor_(proactor),
        options_(options),
        listener_(listener),
        accept_(OperationKind::accept, listener, *this) {
    proactor_.associate(listener_);
    proactor_.submit(accept_);
  }
  ~CompletionServer() override;

  void handle_event(AsyncOperation& accept) override;

  void tick(TimePoint now) override;
  void drain(TimePoint now) override;
  [[nodiscard]] bool drained() const override {
    return draining_ && connections_.empty() && listener_ < 0;
  }

  void remove(Connection& connection) { connections_.erase(&connection); }

  [[nodiscard]] Proactor& proactor() { return proactor_; }
  [[nodiscard]] const ServerOptions& options() const { return options_; }
  [[nodiscard]] bool draining() const { return draining_; }
  /// Time that has passed as ticks have seen it.
  [[nodiscard]] std::chrono::nanoseconds clock() const { return clock_; }

 private:
  void serve(int handle);
  void stop_accepting();
  template <typename Do>
  void for_each_connection(Do what);

  Proactor& proactor_;
  const ServerOptions options_;
  int listener_;  // -1 once it is closed
  AsyncOperation accept_;
  std::map<Connection*, std::unique_ptr<Connection>> connections_;
  std::chrono::nanoseconds clock_{0};
  TimePoint last_tick_{};
  TimePoint deadline_{};  // of draining
  bool draining_ = false;
};

Connection::Connection(CompletionServer& server, int handle)
    : server_(server),
      handle_(handle),
      input_(server.options().read_size),
      last_progress_(server.clock()) {
  if (server.options().protocol == Protocol::framed) {
    decoder_ = make_frame_decoder(server.options().max_frame);
  }
  server_.proactor().associate(handle_);
}

Connection::~Connection() {
  server_.proactor().dissociate(handle_);
  ::close(handle_);
}

void Connection::handle_event(AsyncOperation& operation) {
  const auto& [error, accepted, bytes] = operation.result;
  if (closing_) return release();
  if (error != 0 && error != ECANCELED) return close();
  if (error == 0) {
    operation.kind == OperationKind::receive ? received(bytes) : sent(bytes);
  }
  advance();
}

void Connection::received(std::size_t size) {
  if (size == 0) {
    input_ended_ = true;
  } else if (!ending_) {
    answer(std::span(input_).first(size));
  }
}

void Connection::answer(std::span<const std::byte> input) {
  if (!decoder_) {
    output_.insert(output_.end(), input.begin(), input.end());
    last_progress_ = server_.clock();
    return;
  }
  decoder_->feed(input);
  FrameDecoder::Next next = decoder_->next();
  for (; next.status == FrameDecoder::Status::frame; next = decoder_->next()) {
    const auto size = static_cast<std::uint32_t>(next.payload.size());
    for (int shift = 24; shift >= 0; shift -= 8) output_.push_back(std::byte(size >> shift));
    output_.insert(output_.end(), next.payload.begin(), next.payload.end());
    last_progress_ = server_.clock();
  }
  if (next.status == FrameDecoder::Status::too_long) ending_ = true;
}

void Connection::sent(std::size_t size) {
  unsent_of_lent_ = unsent_of_lent_.subspan(size);
  last_progress_ = server_.clock();
}

void Connection::advance() {
  // While a receive is in flight, bytes may be on their way from the socket to handle_event().
  if (server_.draining() && !receive_.in_flight) {
    int unread = 0;
    if (::ioctl(handle_, FIONREAD, &unread) != 0 || unread == 0) ending_ = true;
  }
  if (unsent() > 0 && !send_.in_flight) submit_send();
  if (input_ended_ && unsent() == 0) return close();
  if (ending_ && !finished_ && unsent() == 0) {
    finished_ = true;
    ::shutdown(handle_, SHUT_WR);  // fails if the client has gone; the receive will say so
  }
  // Backpressure: who does not take the replies is not read any further. What comes after the end
  // is received too, and thrown away: closing with unread bytes would destroy replies on their way.
  const bool may_read = !input_ended_ && unsent() <= server_.options().output_limit;
  if (may_read && !receive_.in_flight) {
    receive_.buffer = input_;
    server_.proactor().submit(receive_);
  }
}

void Connection::submit_send() {
  if (unsent_of_lent_.empty()) {
    lent_.clear();
    std::swap(lent_, output_);
    unsent_of_lent_ = lent_;
  }
  send_.output = unsent_of_lent_;
  server_.proactor().submit(send_);
}

// A receive in flight may already have taken bytes. When it has come back, it is known.
void Connection::drain() {
  server_.proactor().cancel(receive_);
  advance();
}

void Connection::end_if_idle() {
  const auto timeout = server_.options().idle_timeout;
  if (timeout > 0ms && server_.clock() - last_progress_ >= timeout) close();
}

void Connection::close() {
  if (closing_) return;
  closing_ = true;
  server_.proactor().cancel(receive_);
  server_.proactor().cancel(send_);
  release();
}

// Closing the descriptor ends no operation on it, and the engine goes on to use its buffer. So the
// buffers live until both operations have come back, whatever they bring.
void Connection::release() {
  if (!receive_.in_flight && !send_.in_flight) server_.remove(*this);
}

CompletionServer::~CompletionServer() {
  draining_ = true;
  stop_accepting();
  for_each_connection([](Connection& connection) { connection.close(); });
  while (!drained()) proactor_.handle_events(-1ms);
}

void CompletionServer::handle_event(AsyncOperation& accept) {
  const auto& [error, accepted, bytes] = accept.result;
  if (error == 0) serve(accepted);
  if (draining_) return stop_accepting();
  // Trying again at once would fail again, and again. tick() submits it.
  constexpr std::array out_of_resources{EMFILE, ENFILE, ENOBUFS, ENOMEM};
  if (std::ranges::find(out_of_resources, error) != out_of_resources.end()) return;
  proactor_.submit(accept);
}

void CompletionServer::serve(int handle) {
  const std::size_t most = options_.max_connections;
  if (draining_ || (most > 0 && connections_.size() >= most)) {
    ::close(handle);
    return;
  }
  std::unique_ptr<Connection> made;
  try {
    made = std::make_unique<Connection>(*this, handle);
  } catch (const std::exception&) {
    // No memory for it, or the engine cannot take it: this client is lost, the others are not.
    ::close(handle);
    return;
  }
  Connection& connection = *made;
  connections_.emplace(&connection, std::move(made));
  connection.advance();
}

// The engine uses the listener until the last accept has come back.
void CompletionServer::stop_accepting() {
  if (accept_.in_flight) return proactor_.cancel(accept_);
  if (listener_ < 0) return;
  proactor_.dissociate(listener_);
  ::close(std::exchange(listener_, -1));
}

// A connection may remove itself.
template <typename Do>
void CompletionServer::for_each_connection(Do what) {
  for (auto next = connections_.begin(); next != connections_.end();) {
    Connection& connection = *next->second;
    ++next;
    what(connection);
  }
}

void CompletionServer::tick(TimePoint now) {
  // A process that was stopped for a minute must not find all its clients idle.
  constexpr std::chrono::nanoseconds most = 250ms;
  if (last_tick_ != TimePoint{})
    clock_ += std::min<std::chrono::nanoseconds>(now - last_tick_, most);
  last_tick_ = now;
  if (draining_ && now >= deadline_) {
    return for_each_connection([](Connection& connection) { connection.close(); });
  }
  for_each_connection([](Connection& connection) { connection.end_if_idle(); });
  if (!draining_ && !accept_.in_flight) proactor_.submit(accept_);
}

void CompletionServer::drain(TimePoint now) {
  draining_ = true;
  deadline_ = now + options_.drain_timeout;
  stop_accepting();
  for_each_connection([](Connection& connection) { connection.drain(); });
}

}  // namespace

std::unique_ptr<Server> make_completion_server(Proactor& proactor, int listener,
                                               const ServerOptions& options) {
  return std::make_unique<CompletionServer>(proactor, listener, options);
}

}  // namespace lab
