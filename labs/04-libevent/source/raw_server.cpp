// Lab 04, first half: libevent says when a descriptor is ready, the server does the I/O.
#include <event2/event.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frame_decoder.hpp"
#include "libevent_server.hpp"

namespace lab::raw {

using namespace std::chrono_literals;

struct EventDeleter {
  void operator()(event* event) const { event_free(event); }
};
using Event = std::unique_ptr<event, EventDeleter>;

/// An event that calls owner->call(). It waits for nothing until it is added.
template <auto call, typename Owner>
Event make_event(event_base* base, int handle, short what, Owner* owner) {
  const auto callback = [](evutil_socket_t, short, void* self) {
    (static_cast<Owner*>(self)->*call)();
  };
  Event made(event_new(base, handle, what, callback, owner));
  if (!made) throw std::bad_alloc();
  return made;
}

//@ solution
/// Costs nothing when it changes nothing: libevent knows what it waits for.
void wait_for(const Event& event, bool wanted) {
  const int result = wanted ? event_add(event.get(), nullptr) : event_del(event.get());
  if (result != 0) throw std::bad_alloc();
}

std::size_t unread_bytes(int handle) {
  int bytes = 0;
  return ::ioctl(handle, FIONREAD, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

//@ starter
//@ end
class RawServer;

/// One client. The server owns it: after close() nothing of it may be touched.
class Connection {
 public:
  Connection(RawServer& server, int handle);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] int handle() const { return handle_; }

  /// Does what can be done now, and waits for the rest.
  void advance();

  /// How long there was no progress, after a further `time` has passed.
  [[nodiscard]] std::chrono::nanoseconds idle_after(std::chrono::nanoseconds time);

 private:
  void read();
  void close();
  void answer(std::span<const std::byte> bytes);
  //@ solution
  void answer_frames();
  bool write();
  [[nodiscard]] std::size_t pending() const { return output_.size() - sent_; }

  //@ starter
  //|
  //@ end
  RawServer& server_;
  const int handle_;
  Event readable_;
  Event writable_;
  std::unique_ptr<FrameDecoder> decoder_;  // null: echo
  //@ solution
  std::string output_;
  std::size_t sent_ = 0;       // bytes of output_
  bool input_ended_ = false;   // the client's FIN has come
  bool ending_ = false;        // what still comes is not answered
  bool half_closed_ = false;   // our FIN has gone
  bool made_progress_ = true;  // since the last tick
  std::chrono::nanoseconds idle_{0};
  //@ starter
  //| // TODO: what a connection has to remember.
  //@ end
  //@ solution
  //@ wrong not-persistent
  //| bool reads_ = false;
  //@ end
};

class RawServer final : public Server {
 public:
  RawServer(event_base* base, int listener, const ServerOptions& options);
  ~RawServer() override;

  void tick(TimePoint now) override;
  void drain(TimePoint now) override;
  [[nodiscard]] bool drained() const override { return draining() && connections_.empty(); }

  void closed(Connection& connection) { connections_.erase(connection.handle()); }

  [[nodiscard]] event_base* base() const { return base_; }
  [[nodiscard]] const ServerOptions& options() const { return options_; }
  [[nodiscard]] bool draining() const { return drained_by_.has_value(); }

  /// Where to receive: it is needed only while a callback runs, so all connections share it.
  [[nodiscard]] std::span<std::byte> buffer() { return buffer_; }

 private:
  void accept();
  void serve(int handle);
  void stop_listening();
  //@ solution
  void end_idle(std::chrono::nanoseconds time);

  // A late tick is not the clients' fault: no more than this counts as idle.
  static constexpr std::chrono::nanoseconds longest_tick = 200ms;
  //@ starter
  //@ end

  event_base* const base_;
  int listener_;
  const ServerOptions options_;
  std::vector<std::byte> buffer_;
  Event acceptable_;
  std::map<int, std::unique_ptr<Connection>> connections_;  // by descriptor
  std::optional<TimePoint> last_tick_;
  std::optional<TimePoint> drained_by_;
};

Connection::Connection(RawServer& server, int handle)
    : server_(server),
      handle_(handle),
      //@ solution
      readable_(make_event<&Connection::read>(server.base(), handle, EV_READ | EV_PERSIST, this)),
      writable_(
          make_event<&Connection::advance>(server.base(), handle, EV_WRITE | EV_PERSIST, this)),
      //@ starter
      //| // TODO: two events, so that each can be added and deleted by itself.
      //@ wrong not-persistent
      //| readable_(make_event<&Connection::read>(server.base(), handle, EV_READ, this)),
      //| writable_(make_event<&Connection::advance>(server.base(), handle, EV_WRITE, this)),
      //@ end
      decoder_(server.options().protocol == Protocol::framed
                   ? make_frame_decoder(server.options().max_frame)
                   : nullptr) {}

// libevent must forget the descriptor before the system may give its number to the next client.
Connection::~Connection() {
  //@ solution
  readable_.reset();
  writable_.reset();
  ::close(handle_);
  //@ starter
  //| // TODO
  //@ wrong close-first
  //| ::close(handle_);
  //| readable_.reset();
  //| writable_.reset();
  //@ wrong events-leak
  //| event_del(readable_.release());
  //| event_del(writable_.release());
  //| ::close(handle_);
  //@ end
}

void Connection::read() {
  //@ solution
  const std::span<std::byte> buffer = server_.buffer();
  // Once: whatever is left keeps the descriptor ready, and others have their turn in between.
  const ssize_t n = ::recv(handle_, buffer.data(), buffer.size(), 0);
  if (n < 0 && errno != EAGAIN && errno != EINTR) return close();
  //@ starter
  //| // TODO: one recv() into server_.buffer(); what it says; answer(); then advance().
  //@ wrong end-closes
  //| const std::span<std::byte> buffer = server_.buffer();
  //| const ssize_t n = ::recv(handle_, buffer.data(), buffer.size(), 0);
  //| if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return close();
  //@ end
  //@ solution
  if (n == 0) input_ended_ = true;
  if (n > 0 && !ending_) answer(buffer.first(static_cast<std::size_t>(n)));
  advance();
  //@ starter
  //@ end
}

void Connection::answer(std::span<const std::byte> bytes) {
  //@ solution
  if (decoder_) {
    decoder_->feed(bytes);
    answer_frames();
  } else {
    output_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    made_progress_ = true;
  }
  //@ starter
  //| (void)bytes;  // TODO
  //@ end
}

//@ solution
void Connection::answer_frames() {
  for (;;) {
    const FrameDecoder::Next next = decoder_->next();
    if (next.status == FrameDecoder::Status::need_more) return;
    if (next.status == FrameDecoder::Status::too_long) {
      ending_ = true;
      return;
    }
    const std::size_t size = next.payload.size();
    for (const int shift : {24, 16, 8, 0}) output_.push_back(static_cast<char>(size >> shift));
    output_.append(reinterpret_cast<const char*>(next.payload.data()), size);
    made_progress_ = true;
  }
}

/// Sends what the socket takes. False if the connection is lost.
bool Connection::write() {
  while (pending() > 0) {
    const ssize_t n = ::send(handle_, output_.data() + sent_, pending(), MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    sent_ += static_cast<std::size_t>(n);
    made_progress_ = true;
    if (sent_ > output_.size() / 2) {  // seldom enough that moving the rest costs little
      output_.erase(0, sent_);
      sent_ = 0;
    }
  }
  return true;
}

//@ starter
//@ end
std::chrono::nanoseconds Connection::idle_after(std::chrono::nanoseconds time) {
  //@ solution
  idle_ = made_progress_ ? 0ns : idle_ + time;
  made_progress_ = false;
  return idle_;
  //@ starter
  //| (void)time;
  //| return 0ns;  // TODO
  //@ end
}

void Connection::advance() {
  //@ solution
  if (!write()) return close();
  if (server_.draining() && unread_bytes(handle_) == 0) ending_ = true;
  // Not close(): with unread input that resets the connection, and replies on their way are lost.
  if (ending_ && pending() == 0 && !half_closed_) {
    ::shutdown(handle_, SHUT_WR);
    half_closed_ = true;
  }
  if (input_ended_ && pending() == 0) return close();
  //@ starter
  //| // TODO: send; half-close or close if it is time; say what to wait for.
  //@ end
  //@ solution
  wait_for(readable_, !input_ended_ && pending() <= server_.options().output_limit);
  wait_for(writable_, pending() > 0);
  //@ starter
  //@ wrong not-persistent
  //| const bool reads = !input_ended_ && pending() <= server_.options().output_limit;
  //| if (reads != reads_) wait_for(readable_, reads_ = reads);
  //| wait_for(writable_, pending() > 0);
  //@ wrong always-writable
  //| wait_for(readable_, !input_ended_ && pending() <= server_.options().output_limit);
  //| wait_for(writable_, true);
  //@ end
}

void Connection::close() {
  server_.closed(*this);
}

RawServer::RawServer(event_base* base, int listener, const ServerOptions& options)
    : base_(base), listener_(listener), options_(options), buffer_(options.read_size) {
  //@ solution
  acceptable_ = make_event<&RawServer::accept>(base, listener, EV_READ | EV_PERSIST, this);
  wait_for(acceptable_, true);
  //@ starter
  //| // TODO: acceptable_ calls accept() whenever the listener is readable.
  //@ end
}

RawServer::~RawServer() {
  stop_listening();
}

void RawServer::stop_listening() {
  //@ solution
  acceptable_.reset();
  if (listener_ >= 0) ::close(listener_);
  listener_ = -1;
  //@ starter
  //| // TODO
  //@ end
}

void RawServer::accept() {
  //@ solution
  for (;;) {
    const int handle = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (handle >= 0) {
      serve(handle);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != ECONNABORTED && errno != EINTR) {
      break;
    }
  }
  //@ starter
  //| // TODO: accept4() until there is nobody left; serve(); pause when descriptors have run out.
  //@ end
  //@ solution
  // Out of descriptors, mostly: the client that waits keeps the listener readable, so that libevent
  // would call again at once. The next tick tries anew.
  wait_for(acceptable_, false);
  //@ starter
  //@ wrong accept-spins
  //@ end
}

void RawServer::serve(int handle) {
  //@ solution
  if (options_.max_connections > 0 && connections_.size() >= options_.max_connections) {
    ::close(handle);
    return;
  }
  const auto added = connections_.emplace(handle, std::make_unique<Connection>(*this, handle));
  added.first->second->advance();
  //@ starter
  //| (void)handle;  // TODO
  //@ end
}

void RawServer::tick(TimePoint now) {
  //@ solution
  if (!draining()) wait_for(acceptable_, true);
  const std::chrono::nanoseconds time = last_tick_ ? now - *last_tick_ : 0ns;
  last_tick_ = now;
  if (options_.idle_timeout > 0ms) end_idle(std::min(time, longest_tick));
  if (drained_by_ && now >= *drained_by_) connections_.clear();
  //@ starter
  //| (void)now;  // TODO: idle clients, the pause of accept(), the deadline of drain().
  //@ end
}

//@ solution
void RawServer::end_idle(std::chrono::nanoseconds time) {
  std::erase_if(connections_, [&](const auto& entry) {
    return entry.second->idle_after(time) >= options_.idle_timeout;
  });
}

//@ starter
//@ end
void RawServer::drain(TimePoint now) {
  //@ solution
  drained_by_ = now + options_.drain_timeout;
  stop_listening();
  for (auto next = connections_.begin(); next != connections_.end();) next++->second->advance();
  //@ starter
  //| (void)now;  // TODO
  //@ end
}

}  // namespace lab::raw

namespace lab {

std::unique_ptr<Server> make_raw_server(event_base* base, int listener,
                                        const ServerOptions& options) {
  return std::make_unique<raw::RawServer>(base, listener, options);
}

}  // namespace lab
