// A server that can be broken in many ways, to see that the suite catches each: tests are tested.
// Without a fault it is a plain server over poll(2), and passes.
#include <poll.h>
#include <sys/socket.h>

#include <vector>

#include "shared/net/accept.hpp"
#include "shared/net/sockets.hpp"
#include "shared/program/this_program.hpp"
#include "shared/protocol/frame_decoder.hpp"
#include "shared/server/connection_manager.hpp"
#include "shared/server/ticker.hpp"
#include "tests/conformance/broken/fault.hpp"

namespace iolab::broken {
namespace {

class Worker;

/// Owned by its worker, which destroys it some time after close().
class Connection final : public ManagedConnection {
 public:
  Connection(Worker& worker, UniqueHandle handle, Conversation conversation)
      : ManagedConnection(std::move(conversation)), worker_(worker), handle_(std::move(handle)) {}

  void drain() override;
  void close(CloseReason reason) override;
  void handle_events(short events);
  void advance();

  [[nodiscard]] bool is_closed() const { return !handle_; }
  [[nodiscard]] pollfd interest();

 private:
  void read();
  void received(std::size_t size);
  bool write();

  Worker& worker_;
  UniqueHandle handle_;
  ChunkPtr chunk_;
  std::vector<std::byte> hoard_;
  bool was_paused_ = false;
};

class Worker final : public ServerWorker {
 public:
  Worker(Service& service, UniqueHandle listener)
      : service_(service),
        listener_(std::move(listener)),
        connections_(service),
        ticker_(connections_.tick_period()) {}

  [[nodiscard]] std::string_view engine() const override {
    return has_fault("wrong-engine") ? "epoll" : "poll";
  }
  void run() override;

  [[nodiscard]] ConnectionManager& connections() { return connections_; }

 private:
  void accept();
  void serve(UniqueHandle handle);
  void tick();
  void stop();
  void wait();

  Service& service_;
  UniqueHandle listener_;
  ConnectionManager connections_;
  Ticker ticker_;
  FlowLimits limits_{
      .output_limit = has_fault("no-output-limit") ? 0 : service_.options.output_limit,
      .first_read = static_cast<std::uint32_t>(service_.options.read_size),
      .largest_read = static_cast<std::uint32_t>(service_.options.read_size)};
  std::vector<std::unique_ptr<Connection>> open_;
  std::vector<pollfd> events_;
  bool accept_paused_ = false;
};

void Worker::run() {
  while (!connections_.drained()) {
    wait();
    if (events_[0].revents != 0) stop();
    if (listener_ && events_[1].revents != 0) accept();
    for (std::size_t i = 2; i < events_.size(); ++i) {
      Connection& connection = *open_[i - 2];
      if (events_[i].revents != 0 && !connection.is_closed()) {
        connection.handle_events(events_[i].revents);
      }
    }
    if (ticker_.due()) tick();
    std::erase_if(open_, [](const auto& connection) { return connection->is_closed(); });
  }
}

void Worker::wait() {
  const Handle stop_handle = has_fault("ignore-sigterm") ? invalid_handle : wake_up().handle();
  const Handle listening = accept_paused_ ? invalid_handle : listener_.get();
  events_.assign({{stop_handle, POLLIN, 0}, {listening, POLLIN, 0}});
  for (const auto& connection : open_) events_.push_back(connection->interest());
  const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(ticker_.time_left());
  ::poll(events_.data(), events_.size(),
         has_fault("spin-when-idle") ? 0 : static_cast<int>(timeout.count()));
}

void Worker::accept() {
  for (;;) {
    AcceptResult result = accept_connection(listener_.get());
    if (result.status == AcceptStatus::would_block) return;
    if (result.status == AcceptStatus::no_resources) {
      if (has_fault("spin-on-emfile")) return;
      service_.statistics.accept_paused();
      accept_paused_ = true;
      return;
    }
    if (result.status == AcceptStatus::accepted && connections_.admit()) {
      serve(std::move(result.handle));
    }
  }
}

void Worker::serve(UniqueHandle handle) {
  if (has_fault("miscount")) (void)connections_.admit();
  auto conversation = connections_.make_conversation();
  if (has_fault("reply-early")) {
    conversation = Conversation(make_session({}, service_.work), limits_);
  }
  if (has_fault("no-output-limit")) {
    conversation = Conversation(make_session(service_.options.protocol, service_.work), limits_);
  }
  open_.push_back(std::make_unique<Connection>(*this, std::move(handle), std::move(conversation)));
  connections_.opened(*open_.back());
  open_.back()->advance();
}

void Worker::tick() {
  if (has_fault("never-time-out")) return;
  if (has_fault("wait-for-ever") && connections_.draining()) return;
  connections_.tick();
  if (!has_fault("stop-on-emfile")) accept_paused_ = false;
}

void Worker::stop() {
  wake_up().clear();
  listener_.reset();
  connections_.drain();
}

pollfd Connection::interest() {
  const bool reads = conversation().wants_read() && !(was_paused_ && has_fault("never-resume"));
  was_paused_ = was_paused_ || !conversation().wants_read();
  const int events = (reads ? POLLIN : 0) | (conversation().wants_write() ? POLLOUT : 0);
  return {handle_.get(), static_cast<short>(events), 0};
}

void Connection::handle_events(short events) {
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && conversation().wants_read()) read();
  if (!is_closed()) advance();
}

void Connection::read() {
  if (!conversation().make_room(chunk_)) return close(CloseReason::io_error);
  const IoResult result = receive(handle_.get(), chunk_->room());
  if (result.status == IoStatus::failed) return close(CloseReason::io_error);
  if (result.status == IoStatus::end) {
    conversation().received_end();
    if (has_fault("lose-half-close")) return close(CloseReason::by_peer);
  }
  if (result.status == IoStatus::done) received(result.bytes);
}

void Connection::received(std::size_t size) {
  if (has_fault("drop-byte") && size > 1000) --size;
  if (has_fault("trust-length") && size >= frame_header_size) {
    const std::uint32_t claimed = decode_frame_header(chunk_->room().first<frame_header_size>());
    if (claimed <= 1024 * 1024) hoard_.resize(claimed);
  }
  const bool whole = conversation().received(chunk_, size);
  if (whole || has_fault("count-trickle")) worker_.connections().touched(*this);
}

bool Connection::write() {
  while (conversation().wants_write()) {
    const BufferSequence output = conversation().pending_output();
    if (has_fault("sigpipe")) (void)::send(handle_.get(), output.front().data(), 0, 0);
    const IoResult result = send(handle_.get(), output);
    if (result.status == IoStatus::failed) return false;
    conversation().sent(result.bytes);
    if (result.bytes > 0) worker_.connections().touched(*this);
    if (result.status != IoStatus::would_block) continue;
    if (!has_fault("block-on-write")) break;
    pollfd writable{handle_.get(), POLLOUT, 0};
    ::poll(&writable, 1, 1000);
  }
  return true;
}

void Connection::advance() {
  if (!write()) return close(CloseReason::io_error);
  if (worker_.connections().draining() && unread_bytes(handle_.get()) == 0) conversation().drain();
  if (conversation().wants_half_close()) {
    if (has_fault("reset-after-error")) return close(CloseReason::protocol_error);
    shutdown_send(handle_.get());
    conversation().half_closed();
  }
  if (conversation().finished()) close(conversation().reason());
}

void Connection::drain() {
  has_fault("drop-on-drain") ? close(CloseReason::drained) : advance();
}

void Connection::close(CloseReason reason) {
  worker_.connections().closed(*this, reason);
  if (has_fault("leak-descriptor") && reason == CloseReason::io_error) (void)handle_.release();
  handle_.reset();
}

}  // namespace

}  // namespace iolab::broken

const iolab::ServerProgram iolab::server_program{
    "broken-server", "reactor", {}, make_sharded_server<broken::Worker>};
