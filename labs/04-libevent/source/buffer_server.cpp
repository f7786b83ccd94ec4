// Lab 04, second half: bufferevents receive and send, the server sees filled and emptied buffers.
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

namespace lab::buffered {

using namespace std::chrono_literals;

struct EventDeleter {
  void operator()(event* event) const { event_free(event); }
  void operator()(bufferevent* stream) const { bufferevent_free(stream); }
};
using Event = std::unique_ptr<event, EventDeleter>;
using Bufferevent = std::unique_ptr<bufferevent, EventDeleter>;

//@ solution
std::size_t unread_bytes(int handle) {
  int bytes = 0;
  return ::ioctl(handle, FIONREAD, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

//@ starter
//@ end
class BufferServer;

/// One client. The server owns it: after close() nothing of it may be touched.
class Connection {
 public:
  Connection(BufferServer& server, int handle);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  [[nodiscard]] int handle() const { return bufferevent_getfd(stream_.get()); }

  /// Does what can be done now, and has the bufferevent do the rest.
  void advance();

  /// How long there was no progress, after a further `time` has passed.
  [[nodiscard]] std::chrono::nanoseconds idle_after(std::chrono::nanoseconds time);

 private:
  static void on_read(bufferevent*, void* self) { static_cast<Connection*>(self)->read(); }
  static void on_write(bufferevent*, void* self) { static_cast<Connection*>(self)->advance(); }
  static void on_event(bufferevent*, short what, void* self) {
    static_cast<Connection*>(self)->ended(what);
  }
  static void on_output(evbuffer*, const evbuffer_cb_info* change, void* self) {
    static_cast<Connection*>(self)->output_changed(*change);
  }

  void read();
  void close();
  void ended(short what);
  void output_changed(const evbuffer_cb_info& change);
  //@ solution
  void answer_frames();
  [[nodiscard]] evbuffer* input() { return bufferevent_get_input(stream_.get()); }
  [[nodiscard]] evbuffer* output() { return bufferevent_get_output(stream_.get()); }

  //@ starter
  //|
  //@ end
  BufferServer& server_;
  Bufferevent stream_;
  std::unique_ptr<FrameDecoder> decoder_;  // null: echo
  //@ solution
  bool input_ended_ = false;   // the client's FIN has come
  bool ending_ = false;        // what still comes is not answered
  bool half_closed_ = false;   // our FIN has gone
  bool made_progress_ = true;  // since the last tick
  std::chrono::nanoseconds idle_{0};
  //@ starter
  //| // TODO: what a connection has to remember.
  //@ end
};

class BufferServer final : public Server {
 public:
  BufferServer(event_base* base, int listener, const ServerOptions& options);
  ~BufferServer() override;

  void tick(TimePoint now) override;
  void drain(TimePoint now) override;
  [[nodiscard]] bool drained() const override { return draining() && connections_.empty(); }

  void closed(Connection& connection) { connections_.erase(connection.handle()); }

  [[nodiscard]] event_base* base() const { return base_; }
  [[nodiscard]] const ServerOptions& options() const { return options_; }
  [[nodiscard]] bool draining() const { return drained_by_.has_value(); }

 private:
  static void on_acceptable(evutil_socket_t, short, void* self) {
    static_cast<BufferServer*>(self)->accept();
  }

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
  Event acceptable_;
  std::map<int, std::unique_ptr<Connection>> connections_;  // by descriptor
  std::optional<TimePoint> last_tick_;
  std::optional<TimePoint> drained_by_;
};

Connection::Connection(BufferServer& server, int handle)
    : server_(server),
      //@ solution
      stream_(bufferevent_socket_new(server.base(), handle, BEV_OPT_CLOSE_ON_FREE)),
      //@ starter
      //@ wrong descriptors-leak
      //| stream_(bufferevent_socket_new(server.base(), handle, 0)),
      //@ end
      decoder_(server.options().protocol == Protocol::framed
                   ? make_frame_decoder(server.options().max_frame)
                   : nullptr) {
  //@ solution
  if (!stream_ || !evbuffer_add_cb(output(), on_output, this)) throw std::bad_alloc();
  bufferevent_setcb(stream_.get(), on_read, on_write, on_event, this);
  //@ starter
  //| (void)handle;
  //| // TODO: the bufferevent (whose is the descriptor?), its callbacks, its watermarks.
  //@ end
  //@ solution
  bufferevent_setwatermark(stream_.get(), EV_READ, 0, server.options().read_size);
  bufferevent_setwatermark(stream_.get(), EV_WRITE, server.options().output_limit, 0);
  //@ starter
  //@ wrong library-timeouts
  //| bufferevent_setwatermark(stream_.get(), EV_READ, 0, server.options().read_size);
  //| bufferevent_setwatermark(stream_.get(), EV_WRITE, server.options().output_limit, 0);
  //| const auto ms = server.options().idle_timeout.count();
  //| const timeval timeout{.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
  //| bufferevent_set_timeouts(stream_.get(), &timeout, &timeout);
  //@ wrong low-watermark
  //| bufferevent_setwatermark(stream_.get(), EV_READ, decoder_ ? frame_header_size : 0,
  //|                          server.options().read_size);
  //| bufferevent_setwatermark(stream_.get(), EV_WRITE, server.options().output_limit, 0);
  //@ end
}

void Connection::read() {
  //@ solution
  if (ending_) {
    evbuffer_drain(input(), evbuffer_get_length(input()));
  } else if (decoder_) {
    answer_frames();
  } else {
    evbuffer_add_buffer(output(), input());  // moves the memory, not the bytes
    made_progress_ = true;
  }
  advance();
  //@ starter
  //| // TODO: take all that is in the input buffer; put replies into the output buffer; advance().
  //@ end
}

//@ solution
void Connection::answer_frames() {
  while (const std::size_t n = evbuffer_get_contiguous_space(input())) {
    const auto* const bytes = evbuffer_pullup(input(), static_cast<ev_ssize_t>(n));
    decoder_->feed({reinterpret_cast<const std::byte*>(bytes), n});
    evbuffer_drain(input(), n);
    FrameDecoder::Next next = decoder_->next();
    for (; next.status == FrameDecoder::Status::frame; next = decoder_->next()) {
      const std::size_t size = next.payload.size();
      std::array<unsigned char, frame_header_size> header{};
      for (std::size_t i = 0; i < header.size(); ++i) {
        header[i] = static_cast<unsigned char>(size >> (24 - 8 * i));
      }
      evbuffer_add(output(), header.data(), header.size());
      evbuffer_add(output(), next.payload.data(), size);
      made_progress_ = true;
    }
    if (next.status == FrameDecoder::Status::too_long) {
      ending_ = true;
      evbuffer_drain(input(), evbuffer_get_length(input()));
    }
  }
}

//@ starter
//@ wrong whole-frames
//| void Connection::answer_frames() {
//|   for (;;) {
//|     std::array<unsigned char, frame_header_size> header{};
//|     if (evbuffer_copyout(input(), header.data(), 4) < 4) return;
//|     std::size_t size = 0;
//|     for (const unsigned char byte : header) size = size << 8 | byte;
//|     if (size > server_.options().max_frame) {
//|       ending_ = true;
//|       evbuffer_drain(input(), evbuffer_get_length(input()));
//|       return;
//|     }
//|     if (evbuffer_get_length(input()) < 4 + size) return;
//|     evbuffer_remove_buffer(input(), output(), 4 + size);
//|     made_progress_ = true;
//|   }
//| }
//|
//@ end
void Connection::ended(short what) {
  //@ solution
  if ((what & BEV_EVENT_ERROR) != 0) return close();
  //@ starter
  //| (void)what;  // TODO: an error closes; the end of the input does not, while output is pending.
  //@ wrong goes-on-after-close
  //| if ((what & BEV_EVENT_ERROR) != 0) close();
  //@ wrong end-frees
  //| if ((what & (BEV_EVENT_ERROR | BEV_EVENT_EOF)) != 0) return close();
  //@ wrong library-timeouts
  //| if ((what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) != 0) return close();
  //@ end
  //@ solution
  if ((what & BEV_EVENT_EOF) != 0) input_ended_ = true;
  advance();
  //@ starter
  //@ end
}

void Connection::output_changed(const evbuffer_cb_info& change) {
  //@ solution
  if (change.n_deleted > 0) made_progress_ = true;
  //@ starter
  //| (void)change;  // TODO: evbuffer_add_cb() has this called; bytes that were sent are progress.
  //@ end
}

std::chrono::nanoseconds Connection::idle_after(std::chrono::nanoseconds time) {
  //@ solution
  idle_ = made_progress_ ? 0ns : idle_ + time;
  made_progress_ = false;
  return idle_;
  //@ starter
  //| (void)time;
  //| return 0ns;  // TODO
  //@ wrong library-timeouts
  //| (void)time;
  //| return 0ns;
  //@ end
}

void Connection::advance() {
  //@ solution
  const std::size_t pending = evbuffer_get_length(output());
  if (server_.draining() && unread_bytes(handle()) == 0) ending_ = true;
  //@ starter
  //| // TODO: half-close or close if it is time; otherwise enable or disable EV_READ.
  //@ end
  //@ solution
  // Not close(): with unread input that resets the connection, and replies on their way are lost.
  if (ending_ && pending == 0 && !half_closed_) {
    ::shutdown(handle(), SHUT_WR);
    half_closed_ = true;
  }
  //@ starter
  //@ wrong closes-unsent
  //| if (ending_) return close();
  //@ end
  //@ solution
  if (input_ended_ && pending == 0) return close();
  //@ starter
  //@ end
  //@ solution
  const bool reads = !input_ended_ && pending <= server_.options().output_limit;
  const auto change = reads ? bufferevent_enable : bufferevent_disable;
  if (change(stream_.get(), EV_READ) != 0) throw std::bad_alloc();
  //@ starter
  //@ wrong no-output-limit
  //| bufferevent_enable(stream_.get(), EV_READ);
  //@ end
}

void Connection::close() {
  server_.closed(*this);
}

BufferServer::BufferServer(event_base* base, int listener, const ServerOptions& options)
    : base_(base), listener_(listener), options_(options) {
  //@ solution
  // libevent sends with writev(), which has no MSG_NOSIGNAL.
  ::signal(SIGPIPE, SIG_IGN);
  //@ starter
  //@ wrong broken-pipe
  //@ end
  //@ solution
  acceptable_.reset(event_new(base, listener, EV_READ | EV_PERSIST, on_acceptable, this));
  if (!acceptable_ || event_add(acceptable_.get(), nullptr) != 0) throw std::bad_alloc();
  //@ starter
  //| // TODO: acceptable_ as in raw_server.cpp. And which signal would end the program one day?
  //@ end
}

BufferServer::~BufferServer() {
  stop_listening();
}

void BufferServer::stop_listening() {
  //@ solution
  acceptable_.reset();
  if (listener_ >= 0) ::close(listener_);
  listener_ = -1;
  //@ starter
  //| // TODO
  //@ end
}

void BufferServer::accept() {
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
  event_del(acceptable_.get());  // out of descriptors, mostly: the next tick tries anew
  //@ starter
  //| // TODO: as in raw_server.cpp.
  //@ end
}

void BufferServer::serve(int handle) {
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

void BufferServer::tick(TimePoint now) {
  //@ solution
  if (!draining()) event_add(acceptable_.get(), nullptr);
  const std::chrono::nanoseconds time = last_tick_ ? now - *last_tick_ : 0ns;
  last_tick_ = now;
  if (options_.idle_timeout > 0ms) end_idle(std::min(time, longest_tick));
  if (drained_by_ && now >= *drained_by_) connections_.clear();
  //@ starter
  //| (void)now;  // TODO: as in raw_server.cpp.
  //@ end
}

//@ solution
void BufferServer::end_idle(std::chrono::nanoseconds time) {
  std::erase_if(connections_, [&](const auto& entry) {
    return entry.second->idle_after(time) >= options_.idle_timeout;
  });
}

//@ starter
//@ end
void BufferServer::drain(TimePoint now) {
  //@ solution
  drained_by_ = now + options_.drain_timeout;
  stop_listening();
  for (auto next = connections_.begin(); next != connections_.end();) next++->second->advance();
  //@ starter
  //| (void)now;  // TODO: as in raw_server.cpp.
  //@ end
}

}  // namespace lab::buffered

namespace lab {

std::unique_ptr<Server> make_buffer_server(event_base* base, int listener,
                                           const ServerOptions& options) {
  return std::make_unique<buffered::BufferServer>(base, listener, options);
}

}  // namespace lab
