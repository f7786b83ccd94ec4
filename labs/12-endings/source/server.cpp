// Who accepts, owns the connections, and stops.
#include <memory>
#include <set>
#include <utility>

#include "connection.hpp"

namespace lab {
namespace {

class EchoServer final : public DrainingServer {
 public:
  EchoServer(tcp::acceptor acceptor, const ServerOptions& options)
      : acceptor_(std::move(acceptor)), timer_(acceptor_.get_executor()), options_(options) {}

  void start() override { accept(); }

  //@ solution
  void stop() override {
    if (is_stopping()) return;
    error_code ignored;  // the descriptor is gone whatever close() says
    acceptor_.close(ignored);
    // A connection that ends removes itself from the set.
    for (const auto& connection : std::set(connections_)) connection->drain();
    timer_.expires_after(options_.drain_timeout);
    timer_.async_wait([this](error_code error) {
      if (error) return;
      for (const auto& connection : std::set(connections_)) connection->close(Reason::cut_off);
    });
    rest_if_drained();
  }

  [[nodiscard]] bool drained() const override {
    return is_stopping() && !accepting_ && connections_.empty();
  }
  //@ starter
  //| void stop() override {
  //|   // TODO: whoever is connected is drained, and has drain_timeout for it.
  //|   error_code ignored;  // the descriptor is gone whatever close() says
  //|   acceptor_.close(ignored);
  //| }
  //|
  //| [[nodiscard]] bool drained() const override { return connections_.empty(); }
  //@ wrong waits-for-ever
  //| void stop() override {
  //|   if (is_stopping()) return;
  //|   error_code ignored;
  //|   acceptor_.close(ignored);
  //|   timer_.cancel();
  //|   for (const auto& connection : std::set(connections_)) connection->drain();
  //| }
  //|
  //| [[nodiscard]] bool drained() const override {
  //|   return is_stopping() && !accepting_ && connections_.empty();
  //| }
  //@ wrong second-stop-begins-anew
  //| void stop() override {
  //|   error_code ignored;
  //|   acceptor_.close(ignored);
  //|   for (const auto& connection : std::set(connections_)) connection->drain();
  //|   timer_.expires_after(options_.drain_timeout);
  //|   timer_.async_wait([this](error_code error) {
  //|     if (error) return;
  //|     for (const auto& connection : std::set(connections_)) connection->close(Reason::cut_off);
  //|   });
  //|   rest_if_drained();
  //| }
  //|
  //| [[nodiscard]] bool drained() const override {
  //|   return is_stopping() && !accepting_ && connections_.empty();
  //| }
  //@ end

  [[nodiscard]] const Endings& endings() const override { return endings_; }

 private:
  //@ solution
  [[nodiscard]] bool is_stopping() const { return !acceptor_.is_open(); }

  void accept() {
    accepting_ = true;
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      accepting_ = false;
      // It may have been accepted before stop(), and its handler called now.
      if (!error) serve(std::move(socket));
      if (is_stopping()) return rest_if_drained();
      if (error) return pause();
      accept();
    });
  }
  //@ starter
  //| void accept() {
  //|   acceptor_.async_accept([this](error_code error, tcp::socket socket) {
  //|     // TODO: after stop() this handler is called, too.
  //|     if (error) return pause();
  //|     serve(std::move(socket));
  //|     accept();
  //|   });
  //| }
  //@ wrong accepts-for-ever
  //| [[nodiscard]] bool is_stopping() const { return !acceptor_.is_open(); }
  //|
  //| void accept() {
  //|   accepting_ = true;
  //|   acceptor_.async_accept([this](error_code error, tcp::socket socket) {
  //|     accepting_ = false;
  //|     if (!error) serve(std::move(socket));
  //|     accept();
  //|   });
  //| }
  //@ wrong accepts-after-the-pause
  //| [[nodiscard]] bool is_stopping() const { return !acceptor_.is_open(); }
  //|
  //| void accept() {
  //|   accepting_ = true;
  //|   acceptor_.async_accept([this](error_code error, tcp::socket socket) {
  //|     accepting_ = false;
  //|     if (error == asio::error::operation_aborted) return rest_if_drained();
  //|     if (error) return pause();
  //|     serve(std::move(socket));
  //|     accept();
  //|   });
  //| }
  //@ wrong accepted-too-late
  //| [[nodiscard]] bool is_stopping() const { return !acceptor_.is_open(); }
  //|
  //| void accept() {
  //|   accepting_ = true;
  //|   acceptor_.async_accept([this](error_code error, tcp::socket socket) {
  //|     accepting_ = false;
  //|     if (error && is_stopping()) return rest_if_drained();
  //|     if (error) return pause();
  //|     add(std::move(socket));
  //|     if (!is_stopping()) accept();
  //|   });
  //| }
  //@ end

  /// Out of descriptors, most likely: who waits is accepted later.
  void pause() {
    timer_.expires_after(accept_pause);
    timer_.async_wait([this](error_code error) {
      //@ solution
      if (!error && !is_stopping()) accept();
      //@ starter
      //| if (!error) accept();
      //@ wrong accepts-after-the-pause
      //| if (!error) accept();
      //@ end
    });
  }

  void serve(tcp::socket socket) {
    const bool is_one_too_many =
        options_.max_connections > 0 && connections_.size() >= options_.max_connections;
    if (is_one_too_many) return;  // the socket closes itself
    //@ solution
    const auto connection = add(std::move(socket));
    if (is_stopping()) connection->drain();
    //@ starter
    //| add(std::move(socket));
    //@ end
  }

  Connection::Pointer add(tcp::socket socket) {
    auto connection = std::make_shared<Connection>(
        std::move(socket), options_,
        [this](const Connection::Pointer& closed, Reason reason) { remove(closed, reason); });
    connections_.insert(connection);
    connection->start();
    return connection;
  }

  void remove(const Connection::Pointer& connection, Reason reason) {
    endings_.count(reason);
    connections_.erase(connection);
    //@ solution
    rest_if_drained();
    //@ starter
    //@ wrong deadline-goes-on
    //@ end
  }

  //@ solution
  /// The timer would keep run() from returning, though nobody is left to be cut off.
  void rest_if_drained() {
    if (drained()) timer_.cancel();
  }

  //@ starter
  //@ end
  tcp::acceptor acceptor_;
  //@ solution
  asio::steady_timer timer_;  // of the pause, and after stop() of the deadline
  //@ starter
  //| asio::steady_timer timer_;
  //@ end
  const ServerOptions& options_;
  std::set<Connection::Pointer> connections_;
  Endings endings_;
  //@ solution
  bool accepting_ = false;  // the handler of an accept is still to be called
  //@ starter
  //@ end
};

}  // namespace

std::unique_ptr<DrainingServer> make_draining_server(tcp::acceptor acceptor,
                                                     const ServerOptions& options) {
  return std::make_unique<EchoServer>(std::move(acceptor), options);
}

}  // namespace lab
