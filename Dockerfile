# The service in a small image: one executable, one folder for data, a user of its own.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY crates crates
COPY openapi openapi
COPY tests tests
RUN cargo build --release --locked --package causeway
# A fresh volume takes over the owner and the mode of the folder that it covers.
RUN mkdir --mode=0700 /empty

FROM debian:12-slim
COPY --from=build /src/target/release/causeway /usr/local/bin/causeway
COPY --from=build --chown=10001:10001 /empty /data
USER 10001:10001
EXPOSE 8080 9100
VOLUME ["/data"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["causeway", "health", "--url", "http://127.0.0.1:8080"]
ENTRYPOINT ["causeway"]
CMD ["serve", "--data", "/data", "--listen", "0.0.0.0:8080"]
