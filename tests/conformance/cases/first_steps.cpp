#include "tests/conformance/fixture.hpp"

// What one would build first. After a failure here nothing else means anything.
namespace iolab::conformance {
namespace {

class FirstSteps : public Conformance {
 protected:
  static Bytes bytes_of(std::string_view text) {
    Bytes bytes;
    for (const char letter : text) bytes.push_back(static_cast<std::byte>(letter));
    return bytes;
  }

  /// A text as one message of the target's protocol.
  static Bytes spoken(std::string_view text) {
    return is_framed() ? frame(bytes_of(text)) : bytes_of(text);
  }

  /// Whether a frame comes back from a server of which echo was expected.
  bool answers_frames() {
    Client client = connect();
    return bool(echoes(client, frame(bytes_of("hello"))));
  }

  /// Whether a frame comes back whose length is written the other way round.
  bool answers_lowest_byte_first() {
    Bytes bytes = spoken("hello");
    std::reverse(bytes.begin(), bytes.begin() + 4);
    Client client = connect();
    return bool(echoes(client, bytes));
  }
};

CASE(FirstSteps, Listens, wire, "it does not listen on a port") {
  launch();
  try {
    (void)connect();
  } catch (const ClientError&) {
    mistake_is("nobody can connect to the port on which it says that it listens");
    throw;
  }
}

CASE(FirstSteps, AnswersALine, wire, "it does not send back what it receives") {
  launch();
  Client client = connect();
  EXPECT_TRUE(echoes(client, spoken("hello, server\n")));
  if (!HasFailure()) return;
  if (!is_framed()) {
    if (answers_frames())
      mistake_is("it answers frames, not echo: did you mean --protocol framed?");
    return;
  }
  mistake_is(answers_lowest_byte_first()
                 ? "it reads and writes a frame's length with the lowest byte first: the highest "
                   "comes first (network byte order)"
                 : "it does not answer a frame: four bytes of length, the highest first, and so "
                   "many bytes of payload");
}

CASE(FirstSteps, NeedsNoNewline, wire,
     "it waits for a newline: a message is bytes and not a line") {
  launch();
  Client client = connect();
  EXPECT_TRUE(echoes(client, spoken("hello")));
}

CASE(FirstSteps, AnswersASecondMessage, wire, "it answers only the first message of a client") {
  launch();
  Client client = connect();
  ASSERT_TRUE(echoes(client, spoken("hello")));
  EXPECT_TRUE(echoes(client, spoken("hello again")));
}

CASE(FirstSteps, ServesTheNextClient, wire, "it serves one client and no other after that one") {
  launch();
  {
    Client first = connect();
    ASSERT_TRUE(echoes(first, spoken("hello")));
  }
  Client second = connect();
  EXPECT_TRUE(echoes(second, spoken("hello")));
}

CASE(FirstSteps, ServesTwoClients, wire,
     "it serves one client at a time: the next one waits until that one leaves") {
  launch();
  Client first = connect();
  ASSERT_TRUE(echoes(first, spoken("hello")));
  Client second = connect();
  ASSERT_TRUE(echoes(second, spoken("hello")));
  EXPECT_TRUE(echoes(first, spoken("hello again")));
}

CASE(FirstSteps, TakesEveryByte, wire,
     "it takes bytes for text: a 0, a newline or what is above 127 is a byte like any other") {
  launch();
  Client client = connect();
  std::string every_byte;
  for (int value = 0; value < 256; ++value) every_byte.push_back(static_cast<char>(value));
  ASSERT_TRUE(echoes(client, spoken(every_byte)));
  for (const std::string& last : {std::string(1, '\0'), std::string(" "), std::string("\r\n")}) {
    ASSERT_TRUE(echoes(client, spoken("ends with " + last)));
  }
}

CASE(FirstSteps, TakesOneByte, wire, "it does not answer a message of one byte") {
  launch();
  Client client = connect();
  EXPECT_TRUE(echoes(client, message(is_framed() ? 5 : 1)));
}

CASE(FirstSteps, TakesAMessageOfNoBytes, wire,
     "it does not answer a frame of length 0, which is a message too") {
  if (!is_framed()) return;  // echo has none
  launch();
  Client client = connect();
  EXPECT_TRUE(echoes(client, header(0)));
}

CASE(FirstSteps, PutsTogetherWhatComesInPieces, wire,
     "it takes what one read brings for a whole message: the rest may come later") {
  launch();
  Client client = connect();
  const Bytes bytes = message();
  for (const std::size_t cut : {2U, 4U, 30U}) {
    client.send(ByteView(bytes).first(cut));
    std::this_thread::sleep_for(20ms);  // so that it is read alone
    client.send(ByteView(bytes).subspan(cut));
    ASSERT_TRUE(same_bytes(client.receive(bytes.size()), bytes));
  }
}

CASE(FirstSteps, TakesApartWhatComesTogether, wire,
     "it answers only the first of several messages that one read brings") {
  launch();
  Client client = connect();
  EXPECT_TRUE(echoes(client, message() + message(30, 2) + message(5, 3)));
}

}  // namespace
}  // namespace iolab::conformance
