#include "experiments/loadgen/wire/local_address.hpp"

#include <cstdint>

namespace iolab::loadgen {
namespace {

using boost::asio::ip::tcp;

constexpr std::size_t connections_per_address = 16'000;

}  // namespace

std::optional<tcp::endpoint> local_endpoint(std::size_t number,
                                            const std::vector<boost::asio::ip::address>& addresses,
                                            const tcp::endpoint& server) {
  if (!addresses.empty()) return tcp::endpoint(addresses[number % addresses.size()], 0);
  const auto block = static_cast<std::uint32_t>(number / connections_per_address);
  if (block == 0 || !server.address().is_v4() || !server.address().is_loopback()) return {};
  const std::uint32_t first = boost::asio::ip::address_v4::loopback().to_uint();
  return tcp::endpoint(boost::asio::ip::address_v4(first + block), 0);
}

}  // namespace iolab::loadgen
