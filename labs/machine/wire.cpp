#include "machine/wire.hpp"

#include <sys/ioctl.h>

#include <random>

#include "machine/story/story.hpp"

namespace lab {

std::string some_bytes(std::size_t size) {
  std::mt19937_64 random(Story::current().seed());
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>('a' + random() % 26);
  return bytes;
}

std::string frame(std::string_view payload) {
  return header(static_cast<std::uint32_t>(payload.size())) + std::string(payload);
}

std::string header(std::uint32_t length) {
  std::string bytes;
  for (const unsigned bits : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(length >> bits);
  return bytes;
}

std::size_t unread_bytes(int descriptor) {
  int bytes = 0;
  ::ioctl(descriptor, FIONREAD, &bytes);
  return static_cast<std::size_t>(bytes);
}

}  // namespace lab
