#include "tests/unit/loadgen/runs/scripted_server.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace iolab::loadgen {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct ScriptedServer::Peer {
  explicit Peer(tcp::socket connected) : socket(std::move(connected)) {}
  tcp::socket socket;
  std::array<char, 64 * 1024> buffer{};
  std::string reply;
  std::size_t received = 0;
};

ScriptedServer::ScriptedServer(Script script, std::size_t piece)
    : script_(std::move(script)),
      piece_(piece),
      acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()) {
  accept_next();
  thread_ = std::jthread([this] { io_.run(); });
}

ScriptedServer::~ScriptedServer() {
  io_.stop();
}

void ScriptedServer::accept_next() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error) return;
    socket.set_option(tcp::no_delay(true));
    ++accepted_;
    peers_.push_back(std::make_unique<Peer>(std::move(socket)));
    read(*peers_.back());
    accept_next();
  });
}

void ScriptedServer::read(Peer& peer) {
  peer.socket.async_read_some(asio::buffer(peer.buffer),
                              [&](const error_code& error, std::size_t size) {
                                if (error) {
                                  peer.socket.close();
                                } else {
                                  answer(peer, size);
                                }
                              });
}

void ScriptedServer::answer(Peer& peer, std::size_t size) {
  const auto reply = script_(std::string(peer.buffer.data(), size), received_);
  received_ += size;
  peer.received += size;
  if (!reply) return die();
  peer.reply = *reply;
  if (piece_ > 0) {
    for (std::size_t begin = 0; begin < reply->size(); begin += piece_) {
      asio::write(peer.socket, asio::buffer(reply->substr(begin, piece_)));
    }
    return read(peer);
  }
  asio::async_write(peer.socket, asio::buffer(peer.reply),
                    [&](const error_code& error, std::size_t) {
                      if (!error) read(peer);
                    });
}

void ScriptedServer::close_quieter_than(std::size_t bytes) {
  for (const auto& peer : peers_) {
    if (peer->received < bytes) peer->socket.close();
  }
}

void ScriptedServer::die() {
  acceptor_.close();
  for (const auto& peer : peers_) peer->socket.close();
}

}  // namespace iolab::loadgen
