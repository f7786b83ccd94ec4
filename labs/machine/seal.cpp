#include "machine/seal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cstring>
#include <vector>

#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

constexpr std::size_t key_size = 16;

// Filled before any constructor has run, so it must not have one.
unsigned char key_bytes[key_size];
bool has_key = false;

// Runs before the sanitizers are ready, and must not use the calls that tests take over.
__attribute__((no_sanitize("address", "undefined", "thread"))) void take_key() {
  struct stat about {};
  if (::syscall(SYS_fstat, STDIN_FILENO, &about) != 0 || !S_ISFIFO(about.st_mode)) return;
  std::size_t size = 0;
  while (size < key_size) {
    const long n = ::syscall(SYS_read, STDIN_FILENO, key_bytes + size, key_size - size);
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  has_key = size == key_size;
  ::syscall(SYS_close, STDIN_FILENO);
  ::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

// These are called before all constructors, in the order in which objects are linked: ours first.
using Function = void (*)();
[[gnu::used, gnu::section(".preinit_array")]] const Function first_of_all = &take_key;

std::string in_digits(std::uint64_t number) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[number >> shift & 15];
  return text;
}

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void rounds(int count) {
    for (; count > 0; --count) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32) + v3;
      v2 += v1;
      v3 = std::rotl(v3, 21) ^ v0;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
  }
};

void fail_always() {
  expect_that(false, "this test fails for every program", "it did");
}

class Canary : public testing::Test {
  void TestBody() override { run_lab_test(&fail_always); }
};

}  // namespace

std::uint64_t siphash(const std::array<std::uint64_t, 2>& key, std::string_view bytes) {
  SipState state{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                 key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
  const auto mix = [&](std::uint64_t word) {
    state.v3 ^= word;
    state.rounds(2);
    state.v0 ^= word;
  };
  const std::size_t size = bytes.size();
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    mix(word);
  }
  std::uint64_t last = static_cast<std::uint64_t>(size) << 56;
  std::memcpy(&last, bytes.data(), bytes.size());
  mix(last);
  state.v2 ^= 0xff;
  state.rounds(4);
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

Seal::Seal() {
  if (!has_key) return;
  key_.emplace();
  std::memcpy(key_->data(), key_bytes, key_size);
  std::memset(key_bytes, 0, key_size);
}

Seal& Seal::current() {
  static Seal seal;
  return seal;
}

std::string Seal::sealed(const std::string& line) {
  if (!key_) return line;
  return line + '\t' + in_digits(siphash(*key_, std::to_string(lines_++) + ':' + line));
}

void Seal::add_canaries() {
  if (!key_) return;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  std::vector<std::string> suites;
  for (int i = 0; i < all.total_test_suite_count(); ++i)
    suites.emplace_back(all.GetTestSuite(i)->name());
  for (const std::string& suite : suites) {
    testing::RegisterTest(suite.c_str(), canary_of(suite).c_str(), nullptr, nullptr, __FILE__,
                          __LINE__, []() -> testing::Test* { return new Canary; });
  }
}

bool Seal::is_canary(const testing::TestInfo& test) const {
  return key_ && test.name() == canary_of(test.test_suite_name());
}

std::string Seal::canary_of(std::string_view suite) const {
  return 'C' + in_digits(siphash(*key_, "canary:" + std::string(suite)));
}

}  // namespace lab
