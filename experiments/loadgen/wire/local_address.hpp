#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <optional>
#include <vector>

namespace iolab::loadgen {

/// From where the connection with this number, counted per target, goes to `server`. A local
/// address has some 28,000 ports for each server. With `addresses` they take turns; without, a
/// server on 127.0.0.1 is reached from 127.0.0.1, and from 127.0.0.2 and so on beyond 16,000
/// connections. Empty: let the system choose.
[[nodiscard]] std::optional<boost::asio::ip::tcp::endpoint> local_endpoint(
    std::size_t number, const std::vector<boost::asio::ip::address>& addresses,
    const boost::asio::ip::tcp::endpoint& server);

}  // namespace iolab::loadgen
