#include "experiments/loadgen/wire/local_address.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace iolab::loadgen {

namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::tcp;

TEST(LocalEndpoint, IsLeftToTheSystemForFewConnections) {
  const tcp::endpoint loopback(make_address("127.0.0.1"), 80);
  EXPECT_FALSE(local_endpoint(0, {}, loopback).has_value());
  EXPECT_FALSE(local_endpoint(15'999, {}, loopback).has_value());
}

TEST(LocalEndpoint, MovesToFurtherLoopbackAddresses) {
  const tcp::endpoint loopback(make_address("127.0.0.1"), 80);
  EXPECT_EQ(local_endpoint(16'000, {}, loopback), tcp::endpoint(make_address("127.0.0.2"), 0));
  EXPECT_EQ(local_endpoint(40'000, {}, loopback), tcp::endpoint(make_address("127.0.0.3"), 0));
  EXPECT_FALSE(local_endpoint(40'000, {}, tcp::endpoint(make_address("10.0.0.1"), 80)).has_value());
  EXPECT_FALSE(local_endpoint(40'000, {}, tcp::endpoint(make_address("::1"), 80)).has_value());
}

TEST(LocalEndpoint, TakesTurnsWhenSomeAreGiven) {
  const tcp::endpoint server(make_address("10.0.0.1"), 80);
  const std::vector addresses{make_address("10.0.0.7"), make_address("10.0.0.8")};
  EXPECT_EQ(local_endpoint(0, addresses, server)->address(), addresses[0]);
  EXPECT_EQ(local_endpoint(1, addresses, server)->address(), addresses[1]);
  EXPECT_EQ(local_endpoint(2, addresses, server)->address(), addresses[0]);
}

}  // namespace
}  // namespace iolab::loadgen
