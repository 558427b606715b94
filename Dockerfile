# Build: restored packages stay in a layer of their own, which changes only when a project file does.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY protocol/RespKv.Protocol.csproj protocol/
COPY server/RespKv.Server.csproj server/CompileAhead.targets server/
RUN dotnet restore server
COPY .editorconfig LICENSE README.md ./
COPY protocol/ protocol/
COPY server/ server/
RUN dotnet publish server -c Release --no-restore -o /app \
    && mkdir /data

# Run.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /app /app
# The volume takes its owner from here; app is the base image's user without rights, and APP_UID its number, by which Kubernetes can tell that it is not root.
COPY --from=build --chown=app:app /data /data
ENV PATH="/app:${PATH}" \
    RESPKV_BIND="0.0.0.0" \
    RESPKV_DIR="/data"
USER $APP_UID
WORKDIR /data
VOLUME /data
EXPOSE 6379 8379
STOPSIGNAL SIGTERM
# Takes the port and the password from the environment, as the server does.
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s CMD ["respkv", "ping"]
ENTRYPOINT ["respkv"]
