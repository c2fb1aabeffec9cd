#include "adapters/redis/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <stdexcept>

namespace luot::redis {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// The oldest error of this thread that OpenSSL has kept; forgets all.
std::string openssl_reason() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* text = ERR_reason_error_string(code);
  return text != nullptr ? text : "";
}

int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool is_passing(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int send_to(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && is_passing(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int receive_from(BIO* bio, char* room, int size) {
  BIO_clear_retry_flags(bio);
  const auto received = ::recv(socket_of(bio), room, static_cast<std::size_t>(size), 0);
  if (received < 0 && is_passing(errno)) BIO_set_retry_read(bio);
  return static_cast<int>(received);
}

long control(BIO* /*bio*/, int command, long /*number*/, void* /*context*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// OpenSSL's own would let a closed connection end the process by SIGPIPE.
BIO* bio_on(int socket) {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    BIO_meth_set_write(made, send_to);
    BIO_meth_set_read(made, receive_from);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  auto* bio = BIO_new(method);
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace

void TlsTrust::Free::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

TlsTrust::TlsTrust(const std::string& ca_file) : context_(SSL_CTX_new(TLS_client_method())) {
  auto* context = context_.get();
  if (context == nullptr) throw std::runtime_error("OpenSSL cannot be used: " + openssl_reason());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  // The caller keeps what is not written yet, and may have moved it meanwhile.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
    throw std::runtime_error("the certificates in " + ca_file +
                             ", which redis' URL names, cannot be read: " + openssl_reason());
  }
}

void TlsSession::Free::operator()(ssl_st* session) const {
  SSL_free(session);
}

TlsSession::TlsSession(const TlsTrust& trust, const std::string& host, int socket)
    : host_(host), session_(SSL_new(trust.context_.get())) {
  auto* session = session_.get();
  if (session == nullptr) throw std::runtime_error("OpenSSL cannot be used: " + openssl_reason());
  auto* bio = bio_on(socket);
  SSL_set_bio(session, bio, bio);
  error_code is_name;
  asio::ip::make_address(host, is_name);
  if (is_name) {
    // What SSL_set_tlsext_host_name() is, which casts as C does.
    SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
    SSL_set1_host(session, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
  }
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  SSL_set_connect_state(session);
}

std::string TlsSession::why_not_trusted() const {
  const auto verdict = SSL_get_verify_result(session_.get());
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    return "its certificate is for another name than " + host_;
  }
  return "its certificate is not trusted (" + std::string(X509_verify_cert_error_string(verdict)) +
         "); an authority of your own stands in the URL, rediss://...?ca=/its/file.pem";
}

error_code TlsSession::failure_of(int result) {
  const int error = SSL_get_error(session_.get(), result);
  waits_to_write_ = error == SSL_ERROR_WANT_WRITE;
  if (error == SSL_ERROR_WANT_READ || waits_to_write_) return asio::error::would_block;
  if (error == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  const auto library = ERR_GET_REASON(ERR_peek_error());
  const auto text = openssl_reason();
  if (SSL_get_verify_result(session_.get()) != X509_V_OK) {
    reason_ = why_not_trusted();
  } else if (library == SSL_R_WRONG_VERSION_NUMBER) {
    reason_ = "it does not speak TLS there: a plain port's URL begins with redis://";
  } else if (!text.empty()) {
    reason_ = "TLS: " + text;
  } else {
    reason_ = "it closed the connection";
  }
  return asio::error::connection_aborted;
}

template <typename Call>
void TlsSession::attempt(Call call, error_code& failure) {
  if (abandoned_) {
    failure = asio::error::operation_aborted;
    return;
  }
  ERR_clear_error();
  const int result = call(session_.get());
  failure = result == 1 ? error_code() : failure_of(result);
}

void TlsSession::shake_hands(error_code& failure) {
  attempt(SSL_do_handshake, failure);
}

std::size_t TlsSession::write_some(asio::const_buffer bytes, error_code& failure) {
  std::size_t count = 0;
  attempt([&](SSL* session) { return SSL_write_ex(session, bytes.data(), bytes.size(), &count); }, failure);
  return count;
}

std::size_t TlsSession::read_some(asio::mutable_buffer room, error_code& failure) {
  std::size_t count = 0;
  attempt([&](SSL* session) { return SSL_read_ex(session, room.data(), room.size(), &count); }, failure);
  return count;
}

}  // namespace luot::redis
