#include "adapters/redis/redis_protocol.hpp"

#include <hiredis/read.h>

#include <stdexcept>

namespace luot::redis {
namespace {

// Builds Reply objects as hiredis reads: a reply lies in its parent's list, which has its full length at once.
Reply* place_of(const redisReadTask* task) {
  if (task->parent == nullptr) return new Reply;
  return &static_cast<Reply*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
}

void* make_text(const redisReadTask* task, char* bytes, std::size_t size) {
  auto* reply = place_of(task);
  reply->kind = task->type == REDIS_REPLY_ERROR ? Reply::Kind::kError : Reply::Kind::kText;
  reply->text.assign(bytes, size);
  return reply;
}

void* make_list(const redisReadTask* task, int size) {
  auto* reply = place_of(task);
  reply->kind = Reply::Kind::kList;
  reply->items.resize(static_cast<std::size_t>(size));
  return reply;
}

void* make_integer(const redisReadTask* task, long long value) {
  auto* reply = place_of(task);
  reply->kind = Reply::Kind::kInteger;
  reply->integer = value;
  return reply;
}

void* make_nil(const redisReadTask* task) {
  return place_of(task);
}

void destroy(void* reply) {
  delete static_cast<Reply*>(reply);
}

redisReplyObjectFunctions functions{make_text, make_list, make_integer, make_nil, destroy};

}  // namespace

Command& Command::add(std::string_view argument) {
  arguments_.append("$").append(std::to_string(argument.size())).append("\r\n").append(argument).append("\r\n");
  ++count_;
  return *this;
}

void Command::append_to(std::string& bytes) const {
  bytes.append("*").append(std::to_string(count_)).append("\r\n").append(arguments_);
}

struct ReplyReader::Parser {
  std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader{redisReaderCreateWithFunctions(&functions),
                                                                  redisReaderFree};
};

ReplyReader::ReplyReader() : parser_(std::make_unique<Parser>()) {
  if (!parser_->reader) throw std::bad_alloc();
}

ReplyReader::~ReplyReader() = default;

void ReplyReader::feed(std::string_view bytes) {
  redisReaderFeed(parser_->reader.get(), bytes.data(), bytes.size());  // an error shows in next()
}

std::optional<Reply> ReplyReader::next() {
  void* made = nullptr;
  if (redisReaderGetReply(parser_->reader.get(), &made) != REDIS_OK) {
    throw std::runtime_error(std::string("not a reply of Redis: ") + parser_->reader->errstr);
  }
  if (made == nullptr) return std::nullopt;
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(made));
  return std::move(*reply);
}

}  // namespace luot::redis
