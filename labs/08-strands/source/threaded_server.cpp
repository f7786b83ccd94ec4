#include "threaded_server.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace lab {
namespace {

using std::chrono::steady_clock;

/// What all connections share. Their handlers run at the same time, on several threads.
struct Shared {
  const ServerOptions& options;
  const Work work;
  //@ solution
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> bytes{0};
  //@ starter
  //| // TODO: step 5. What totals() tells. Who writes these two, who reads them?
  //| std::uint64_t connections{0};
  //| std::uint64_t bytes{0};
  //@ wrong plain-counters
  //| std::uint64_t connections{0};
  //| std::uint64_t bytes{0};
  //@ wrong mutex-around-work
  //| std::atomic<std::uint64_t> connections{0};
  //| std::uint64_t bytes{0};
  //| mutable std::mutex mutex{};
  //@ end
};

//@ solution
/// All its handlers run in the strand that is its socket's executor: one after the other, though
/// on any thread. The operation that is in flight keeps it alive, the timer does not.
//@ starter
//| /// The echo server that one writes first. It reads, then writes, then reads: never more than one
//| /// of its handlers is on its way.
//@ end
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, Shared& shared)
      : socket_(std::move(socket)),
        //@ solution
        timer_(socket_.get_executor()),
        //@ starter
        //@ wrong timer-outside-the-strand
        //| timer_(socket_.get_executor().target<Strand>()->get_inner_executor()),
        //@ end
        shared_(shared),
        bytes_(shared.options.read_size) {}

  //@ solution
  // Who accepts is not in the strand, and what read() starts may complete on another thread before
  // the next line is reached.
  void start() {
    asio::dispatch(socket_.get_executor(), [self = shared_from_this()] {
      self->read();
      self->expect_bytes();
    });
  }
  //@ starter
  //| // TODO: step 4. On which thread does this run, and what may already happen on another?
  //| void start() { read(); }
  //@ wrong starts-outside-the-strand
  //| void start() {
  //|   read();
  //|   expect_bytes();
  //| }
  //@ end

 private:
  //@ solution
  //@ starter
  //@ wrong timer-outside-the-strand read-outside-the-strand
  //| using Strand = asio::strand<asio::any_io_executor>;
  //|
  //@ end
  void read() {
    //@ solution
    reading_ = true;
    socket_.async_read_some(asio::buffer(bytes_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              self->reading_ = false;
                              if (!error) self->received(size);
                            });
    //@ starter
    //| socket_.async_read_some(asio::buffer(bytes_),
    //|                         [self = shared_from_this()](error_code error, std::size_t size) {
    //|                           if (!error) self->received(size);
    //|                         });
    //@ wrong read-outside-the-strand
    //| reading_ = true;
    //| const auto executor = socket_.get_executor().target<Strand>()->get_inner_executor();
    //| auto done = [self = shared_from_this()](error_code error, std::size_t size) {
    //|   self->reading_ = false;
    //|   if (!error) self->received(size);
    //| };
    //| socket_.async_read_some(asio::buffer(bytes_), asio::bind_executor(executor, done));
    //@ wrong strand-for-each-direction
    //| reading_ = true;
    //| auto done = [self = shared_from_this()](error_code error, std::size_t size) {
    //|   self->reading_ = false;
    //|   if (!error) self->received(size);
    //| };
    //| socket_.async_read_some(asio::buffer(bytes_), asio::bind_executor(read_strand_, done));
    //@ end
  }

  //@ solution
  void received(std::size_t size) {
    shared_.bytes += size;
    expect_bytes();
    shared_.work({bytes_.data(), size});
    waiting_.insert(waiting_.end(), bytes_.begin(), bytes_.begin() + static_cast<long>(size));
    if (sending_.empty()) write();
    if (waiting_.size() <= shared_.options.output_limit) read();
  }
  //@ starter
  //| // TODO: step 2. Go on reading while this is written. Step 3: somebody was not idle.
  //| void received(std::size_t size) {
  //|   shared_.bytes += size;
  //|   shared_.work({bytes_.data(), size});
  //|   asio::async_write(socket_, asio::buffer(bytes_, size),
  //|                     [self = shared_from_this()](error_code error, std::size_t) {
  //|                       if (!error) self->read();
  //|                     });
  //| }
  //@ wrong mutex-around-work
  //| void received(std::size_t size) {
  //|   expect_bytes();
  //|   {
  //|     const std::lock_guard lock(shared_.mutex);
  //|     shared_.bytes += size;
  //|     shared_.work({bytes_.data(), size});
  //|   }
  //|   waiting_.insert(waiting_.end(), bytes_.begin(), bytes_.begin() + static_cast<long>(size));
  //|   if (sending_.empty()) write();
  //|   if (waiting_.size() <= shared_.options.output_limit) read();
  //| }
  //@ wrong writes-synchronously
  //| void received(std::size_t size) {
  //|   shared_.bytes += size;
  //|   expect_bytes();
  //|   shared_.work({bytes_.data(), size});
  //|   error_code error;
  //|   asio::write(socket_, asio::buffer(bytes_, size), error);
  //|   if (!error) read();
  //| }
  //@ end

  //@ solution
  void write() {
    std::swap(sending_, waiting_);
    asio::async_write(socket_, asio::buffer(sending_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (error) return self->socket_.close();
                        self->sent();
                      });
  }
  //@ starter
  //@ wrong strand-for-each-direction
  //| void write() {
  //|   std::swap(sending_, waiting_);
  //|   auto done = [self = shared_from_this()](error_code error, std::size_t) {
  //|     if (error) return self->socket_.close();
  //|     self->sent();
  //|   };
  //|   asio::async_write(socket_, asio::buffer(sending_), asio::bind_executor(write_strand_, done));
  //| }
  //@ end

  //@ solution
  void sent() {
    sending_.clear();
    const bool was_full = waiting_.size() > shared_.options.output_limit;
    if (!waiting_.empty()) write();
    if (was_full && !reading_) read();
  }
  //@ starter
  //@ wrong sending-is-hearing
  //| void sent() {
  //|   sending_.clear();
  //|   expect_bytes();
  //|   const bool was_full = waiting_.size() > shared_.options.output_limit;
  //|   if (!waiting_.empty()) write();
  //|   if (was_full && !reading_) read();
  //| }
  //@ end

  //@ solution
  void expect_bytes() {
    if (shared_.options.idle_timeout.count() == 0) return;
    timer_.expires_after(shared_.options.idle_timeout);
    timer_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      // It may have been on its way here already when bytes came and the timer was set anew.
      if (error || !self || self->timer_.expiry() > steady_clock::now()) return;
      self->socket_.close();
    });
  }

  //@ starter
  //@ end
  tcp::socket socket_;
  //@ solution
  asio::steady_timer timer_;
  //@ starter
  //@ wrong strand-for-each-direction
  //| asio::steady_timer timer_;
  //| asio::strand<asio::any_io_executor> read_strand_ = asio::make_strand(socket_.get_executor());
  //| asio::strand<asio::any_io_executor> write_strand_ = asio::make_strand(socket_.get_executor());
  //@ end
  Shared& shared_;
  std::vector<std::byte> bytes_;
  //@ solution
  std::vector<std::byte> waiting_;  // to be sent, behind
  std::vector<std::byte> sending_;  // what async_write() was given
  bool reading_ = false;
  //@ starter
  //@ end
};

class EchoServer final : public ThreadedServer {
 public:
  EchoServer(tcp::acceptor& acceptor, const ServerOptions& options, Work work)
      : acceptor_(acceptor), shared_{options, std::move(work)} {}

  void accept() {
    //@ solution
    acceptor_.async_accept(asio::make_strand(acceptor_.get_executor()),
                           [this](error_code error, tcp::socket socket) {
                             if (error == asio::error::operation_aborted) return;
                             if (!error) serve(std::move(socket));
                             accept();
                           });
    //@ starter
    //| // TODO: step 4. Which executor does the new socket have?
    //| acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    //|   if (error == asio::error::operation_aborted) return;
    //|   if (!error) serve(std::move(socket));
    //|   accept();
    //| });
    //@ wrong no-strand strand-for-each-direction
    //| acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    //|   if (error == asio::error::operation_aborted) return;
    //|   if (!error) serve(std::move(socket));
    //|   accept();
    //| });
    //@ wrong one-strand-for-all
    //| acceptor_.async_accept(strand_, [this](error_code error, tcp::socket socket) {
    //|   if (error == asio::error::operation_aborted) return;
    //|   if (!error) serve(std::move(socket));
    //|   accept();
    //| });
    //@ end
  }

  [[nodiscard]] Totals totals() const override {
    //@ solution
    return {shared_.connections, shared_.bytes};
    //@ starter
    //| return {shared_.connections, shared_.bytes};
    //@ wrong mutex-around-work
    //| const std::lock_guard lock(shared_.mutex);
    //| return {shared_.connections, shared_.bytes};
    //@ end
  }

 private:
  void serve(tcp::socket socket) {
    ++shared_.connections;
    std::make_shared<Connection>(std::move(socket), shared_)->start();
  }

  tcp::acceptor& acceptor_;
  Shared shared_;
  //@ solution
  //@ starter
  //@ wrong one-strand-for-all
  //| asio::strand<asio::any_io_executor> strand_ = asio::make_strand(acceptor_.get_executor());
  //@ end
};

}  // namespace

std::unique_ptr<ThreadedServer> make_server(tcp::acceptor& acceptor, const ServerOptions& options,
                                            Work work) {
  auto server = std::make_unique<EchoServer>(acceptor, options, std::move(work));
  server->accept();
  return server;
}

//@ solution
void run_on(asio::io_context& io, unsigned threads) {
  std::exception_ptr first;
  std::once_flag once;
  const auto run = [&] {
    try {
      io.run();
    } catch (...) {
      std::call_once(once, [&] { first = std::current_exception(); });
      io.stop();
    }
  };
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back(run);
    run();
  }  // all are joined
  if (first) std::rethrow_exception(first);
}
//@ starter
//| void run_on(asio::io_context& io, unsigned threads) {
//|   // TODO: step 1.
//|   (void)threads;
//|   io.run();
//| }
//@ wrong runs-on-one-thread
//| void run_on(asio::io_context& io, unsigned /*threads*/) {
//|   io.run();
//| }
//@ wrong detaches-threads
//| void run_on(asio::io_context& io, unsigned threads) {
//|   for (unsigned i = 1; i < threads; ++i) std::thread([&io] { io.run(); }).detach();
//|   io.run();
//| }
//@ wrong exception-ends-the-program
//| void run_on(asio::io_context& io, unsigned threads) {
//|   std::vector<std::jthread> others;
//|   for (unsigned i = 1; i < threads; ++i) others.emplace_back([&io] { io.run(); });
//|   io.run();
//| }
//@ wrong exception-waits-for-the-others
//| void run_on(asio::io_context& io, unsigned threads) {
//|   std::exception_ptr first;
//|   std::once_flag once;
//|   const auto run = [&] {
//|     try {
//|       io.run();
//|     } catch (...) {
//|       std::call_once(once, [&] { first = std::current_exception(); });
//|     }
//|   };
//|   {
//|     std::vector<std::jthread> others;
//|     for (unsigned i = 1; i < threads; ++i) others.emplace_back(run);
//|     run();
//|   }
//|   if (first) std::rethrow_exception(first);
//| }
//@ end

}  // namespace lab
