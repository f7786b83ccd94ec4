// Lab 03: an echo and framed server on the Reactor of lab 02.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "frame_decoder.hpp"
#include "reactor_server.hpp"

namespace lab {
namespace {

using namespace std::chrono_literals;
using Bytes = std::span<const std::byte>;

class ReactorServer;

/// Owns an open descriptor and closes it.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

//@ solution
/// Bytes that wait until the socket takes them.
class Output {
 public:
  void append(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  [[nodiscard]] std::size_t size() const { return bytes_.size() - sent_; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] Bytes pending() const { return Bytes(bytes_).subspan(sent_); }

  /// The first `n` pending bytes are gone. Their room is used again: an allocation for each message
  /// would cost more than the message.
  void sent(std::size_t n) {
    sent_ += n;
    //@ starter
    //@ end
    //@ solution
    if (sent_ < bytes_.size() / 2) return;
    //@ starter
    //@ wrong sent-bytes-stay
    //| if (sent_ < bytes_.size()) return;
    //@ end
    //@ solution
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
    if (bytes_.empty() && bytes_.capacity() > largest_spare) std::vector<std::byte>().swap(bytes_);
  }

 private:
  static constexpr std::size_t largest_spare = std::size_t{64} * 1024;

  std::vector<std::byte> bytes_;
  std::size_t sent_ = 0;
};

//@ starter
//@ end
/// Takes new clients from the listener.
class Acceptor final : public EventHandler {
 public:
  Acceptor(ReactorServer& server, Descriptor listener);
  ~Acceptor();

  [[nodiscard]] int handle() const override { return listener_.get(); }
  void handle_event(Events ready) override;

 private:
  ReactorServer& server_;
  const Descriptor listener_;
};

//@ solution
/// One client. Its server owns it; close() destroys it, so that nothing may follow a close().
//@ starter
//| /// One client.
//@ end
class Connection final : public EventHandler {
 public:
  Connection(ReactorServer& server, Descriptor descriptor);
  ~Connection();

  [[nodiscard]] int handle() const override { return descriptor_.get(); }
  void handle_event(Events ready) override;

  //@ solution
  /// The server drains: what has arrived is answered, then the connection ends.
  void drain() { handle_event(Events::read); }

  /// How long there was no progress, when a further `time` has passed.
  [[nodiscard]] std::chrono::nanoseconds idle_after(std::chrono::nanoseconds time);

  //@ starter
  //@ end
 private:
  //@ solution
  // False: the connection is lost.
  [[nodiscard]] bool read();
  [[nodiscard]] bool write();

  [[nodiscard]] bool wants_read() const;
  void received(Bytes bytes);
  void received_frames(Bytes bytes);
  void advance();
  void close();

  //@ starter
  //@ end
  ReactorServer& server_;
  const Descriptor descriptor_;
  //@ solution
  std::unique_ptr<FrameDecoder> decoder_;  // none: echo
  Output output_;
  bool input_ended_ = false;  // the client's FIN has come
  bool ending_ = false;       // what comes from now on is thrown away
  bool half_closed_ = false;  // our FIN is sent
  bool made_progress_ = true;
  std::chrono::nanoseconds idle_{0};
  //@ starter
  //| // TODO: what must be remembered from one event to the next?
  //@ end
};

class ReactorServer final : public Server {
 public:
  ReactorServer(Reactor& reactor, Descriptor listener, const ServerOptions& options);

  void tick(TimePoint now) override;
  void drain(TimePoint now) override;
  //@ solution
  [[nodiscard]] bool drained() const override { return draining() && connections_.empty(); }
  //@ starter
  //| [[nodiscard]] bool drained() const override { return false; }  // TODO
  //@ end

  [[nodiscard]] Reactor& reactor() { return reactor_; }
  [[nodiscard]] const ServerOptions& options() const { return options_; }
  //@ solution
  [[nodiscard]] bool draining() const { return drained_by_.has_value(); }

  /// One buffer for all: it is in use only during a call of Connection::read().
  [[nodiscard]] std::span<std::byte> buffer() { return buffer_; }

  void serve(Descriptor accepted);
  void pause_accepting();
  void stop_accepting() { acceptor_.reset(); }
  void closed(Connection& connection) { connections_.erase(connection.handle()); }

  //@ starter
  //|
  //@ end
 private:
  //@ solution
  void end_idle(std::chrono::nanoseconds time);

  // A late tick is not the clients' fault: no more than this of it counts as idle.
  static constexpr std::chrono::nanoseconds longest_tick = 200ms;

  //@ starter
  //@ end
  Reactor& reactor_;
  const ServerOptions options_;
  std::optional<Acceptor> acceptor_;
  //@ solution
  std::vector<std::byte> buffer_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::optional<TimePoint> last_tick_;
  std::optional<TimePoint> drained_by_;
  //@ starter
  //| // TODO: the connections.
  //@ end
};

//@ solution
Acceptor::Acceptor(ReactorServer& server, Descriptor listener)
    : server_(server), listener_(std::move(listener)) {
  server_.reactor().register_handler(*this, Events::read);
}

Acceptor::~Acceptor() {
  server_.reactor().remove_handler(*this);
}

//@ starter
//| // TODO: register it with the Reactor.
//| Acceptor::Acceptor(ReactorServer& server, Descriptor listener)
//|     : server_(server), listener_(std::move(listener)) {}
//|
//| // TODO: remove it from the Reactor, before its descriptor is closed.
//| Acceptor::~Acceptor() = default;
//|
//| // TODO: accept whoever waits.
//| void Acceptor::handle_event(Events) {}
//|
//| // TODO: the constructor, destructor and handle_event() of Connection.
//|
//| ReactorServer::ReactorServer(Reactor& reactor, Descriptor listener, const ServerOptions& options)
//|     : reactor_(reactor), options_(options) {
//|   acceptor_.emplace(*this, std::move(listener));
//| }
//|
//| // TODO: all that depends on time.
//| void ReactorServer::tick(TimePoint) {}
//|
//| // TODO: accept no more, answer what has come, finish, wait for the clients to go.
//| void ReactorServer::drain(TimePoint) {}
//|
//@ end
//@ solution
void Acceptor::handle_event(Events) {
  for (;;) {
    //@ starter
    //@ end
    //@ solution
    const int accepted = ::accept4(handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    //@ starter
    //@ wrong blocking-sockets
    //| const int accepted = ::accept4(handle(), nullptr, nullptr, SOCK_CLOEXEC);
    //@ end
    //@ solution
    if (accepted >= 0) {
      server_.serve(Descriptor(accepted));
    } else if (errno == EAGAIN) {
      return;
      //@ starter
      //@ end
      //@ solution
      //@ starter
      //@ wrong aborted-ends-accepting
      //| } else if (errno == ECONNABORTED) {
      //|   return server_.stop_accepting();
      //@ end
      //@ solution
    } else if (errno != EINTR && errno != ECONNABORTED) {
      //@ starter
      //@ end
      //@ solution
      return server_.pause_accepting();
      //@ starter
      //@ wrong accept-spins
      //| return;
      //@ wrong shortage-is-fatal
      //| throw std::system_error(errno, std::system_category(), "accept4");
      //@ end
      //@ solution
    }
  }
}

Connection::Connection(ReactorServer& server, Descriptor descriptor)
    : server_(server), descriptor_(std::move(descriptor)) {
  const ServerOptions& options = server.options();
  if (options.protocol == Protocol::framed) decoder_ = make_frame_decoder(options.max_frame);
  server.reactor().register_handler(*this, Events::read);
}

Connection::~Connection() {
  server_.reactor().remove_handler(*this);
}

//@ starter
//@ end
//@ solution
void Connection::handle_event(Events ready) {
  if (has(ready, Events::write) && !write()) return close();
  if ((has(ready, Events::read) || server_.draining()) && !read()) return close();
  advance();
}

//@ starter
//@ wrong use-after-close
//| void Connection::handle_event(Events ready) {
//|   if (has(ready, Events::write) && !write()) close();
//|   if ((has(ready, Events::read) || server_.draining()) && !read()) close();
//|   advance();
//| }
//|
//@ end
//@ solution
// Nobody else is served meanwhile, so that a client who sends without end gets only so many.
constexpr int most_reads = 16;

bool Connection::read() {
  const std::span<std::byte> buffer = server_.buffer();
  for (int i = 0; i < most_reads && wants_read(); ++i) {
    const ssize_t n = ::recv(handle(), buffer.data(), buffer.size(), 0);
    if (n == 0) {
      //@ starter
      //@ end
      //@ solution
      input_ended_ = true;
      //@ starter
      //@ wrong closes-at-fin
      //| return false;
      //@ end
      //@ solution
    } else if (n > 0) {
      const auto size = static_cast<std::size_t>(n);
      received(buffer.first(size));
      if (!write()) return false;
      // A short read has emptied the socket. Only a server that drains must be sure of it.
      if (size < buffer.size() && !server_.draining()) break;
    } else if (errno == EAGAIN) {
      //@ starter
      //@ end
      //@ solution
      if (server_.draining()) ending_ = true;
      break;
      //@ starter
      //@ wrong would-block-is-an-error
      //| return false;
      //@ end
      //@ solution
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

//@ starter
//@ end
//@ solution
bool Connection::write() {
  while (!output_.empty()) {
    const Bytes pending = output_.pending();
    //@ starter
    //@ end
    //@ solution
    const ssize_t n = ::send(handle(), pending.data(), pending.size(), MSG_NOSIGNAL);
    //@ starter
    //@ wrong sigpipe
    //| const ssize_t n = ::send(handle(), pending.data(), pending.size(), 0);
    //@ wrong one-send
    //| const ssize_t n = ::send(handle(), pending.data(), pending.size(), MSG_NOSIGNAL);
    //| output_.sent(pending.size());
    //| return n >= 0;
    //@ end
    //@ solution
    if (n >= 0) {
      output_.sent(static_cast<std::size_t>(n));
      made_progress_ = true;
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool Connection::wants_read() const {
  //@ starter
  //@ end
  //@ solution
  return !input_ended_ && output_.size() <= server_.options().output_limit;
  //@ starter
  //@ wrong reads-without-limit
  //| return !input_ended_;
  //@ end
  //@ solution
}

void Connection::received(Bytes bytes) {
  //@ starter
  //@ end
  //@ solution
  //@ starter
  //@ wrong bytes-are-progress
  //| made_progress_ = true;
  //@ end
  //@ solution
  if (ending_) return;
  if (decoder_) return received_frames(bytes);
  output_.append(bytes);
  made_progress_ = true;
}

void Connection::received_frames(Bytes bytes) {
  decoder_->feed(bytes);
  for (;;) {
    const FrameDecoder::Next next = decoder_->next();
    if (next.status == FrameDecoder::Status::too_long) ending_ = true;
    if (next.status != FrameDecoder::Status::frame) return;
    std::array<std::byte, frame_header_size> header{};
    for (std::size_t i = 0; i < header.size(); ++i) {
      const std::size_t bits = 8 * (header.size() - 1 - i);
      header[i] = static_cast<std::byte>(next.payload.size() >> bits);
    }
    output_.append(header);
    output_.append(next.payload);
    made_progress_ = true;
  }
}

// Arranges what to wait for next, when nothing more can be done at once.
void Connection::advance() {
  if (input_ended_ && output_.empty()) return close();
  //@ starter
  //@ end
  //@ solution
  if (ending_ && !half_closed_ && output_.empty()) {
    ::shutdown(handle(), SHUT_WR);
    half_closed_ = true;
  }
  //@ starter
  //@ wrong closes-with-unread-input
  //| if (ending_ && output_.empty()) return close();
  //@ end
  //@ solution
  const Events reading = wants_read() ? Events::read : Events::none;
  //@ starter
  //@ end
  //@ solution
  const Events writing = output_.empty() ? Events::none : Events::write;
  //@ starter
  //@ wrong always-writable
  //| const Events writing = Events::write;
  //@ end
  //@ solution
  server_.reactor().change_interest(*this, reading | writing);
}

void Connection::close() {
  server_.closed(*this);
}

std::chrono::nanoseconds Connection::idle_after(std::chrono::nanoseconds time) {
  idle_ = made_progress_ ? 0ns : idle_ + time;
  made_progress_ = false;
  return idle_;
}

ReactorServer::ReactorServer(Reactor& reactor, Descriptor listener, const ServerOptions& options)
    : reactor_(reactor), options_(options), buffer_(options.read_size) {
  acceptor_.emplace(*this, std::move(listener));
}

// Who is not stored is closed on return.
void ReactorServer::serve(Descriptor accepted) {
  if (options_.max_connections > 0 && connections_.size() >= options_.max_connections) return;
  try {
    auto connection = std::make_unique<Connection>(*this, std::move(accepted));
    connections_.emplace(connection->handle(), std::move(connection));
  } catch (const std::exception&) {
    // No memory, or no place in the demultiplexer: only this client is turned away.
  }
}

// The client who cannot be accepted keeps the listener ready: without a pause every turn would fail
// to accept it.
void ReactorServer::pause_accepting() {
  reactor_.change_interest(*acceptor_, Events::none);
}

void ReactorServer::tick(TimePoint now) {
  if (acceptor_) reactor_.change_interest(*acceptor_, Events::read);
  const std::chrono::nanoseconds time = last_tick_ ? now - *last_tick_ : 0ns;
  last_tick_ = now;
  //@ starter
  //@ end
  //@ solution
  if (options_.idle_timeout > 0ms) end_idle(std::min(time, longest_tick));
  //@ starter
  //@ wrong late-tick-ends-all
  //| if (options_.idle_timeout > 0ms) end_idle(time);
  //@ end
  //@ solution
  if (drained_by_ && now >= *drained_by_) connections_.clear();
}

void ReactorServer::end_idle(std::chrono::nanoseconds time) {
  std::erase_if(connections_, [&](const auto& entry) {
    return entry.second->idle_after(time) >= options_.idle_timeout;
  });
}

void ReactorServer::drain(TimePoint now) {
  if (draining()) return;
  drained_by_ = now + options_.drain_timeout;
  stop_accepting();
  //@ starter
  //@ end
  //@ solution
  std::vector<Connection*> all;  // as each may close itself
  for (const auto& entry : connections_) all.push_back(entry.second.get());
  for (Connection* connection : all) connection->drain();
  //@ starter
  //@ wrong drain-drops
  //| connections_.clear();
  //@ wrong drain-iterates
  //| for (const auto& entry : connections_) entry.second->drain();
  //@ end
  //@ solution
}

//@ starter
//@ end
}  // namespace

std::unique_ptr<Server> make_reactor_server(Reactor& reactor, int listener,
                                            const ServerOptions& options) {
  return std::make_unique<ReactorServer>(reactor, Descriptor(listener), options);
}

}  // namespace lab
